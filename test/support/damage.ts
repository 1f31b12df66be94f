/**
 * Makes damaged variants of a good file: the same ones for the same input and seed. An RDB file, a single AOF (with or
 * without RDB preamble) or a folder with a multi-part AOF (an appendonlydir, or its parent).
 */
import {readdirSync, readFileSync, statSync} from 'node:fs'
import {basename, join} from 'node:path'
import {aofDamage, textStart} from './damage-aof.ts'
import {isRdb, rdbDamage} from './damage-rdb.ts'
import {setDamage} from './damage-set.ts'
import type {DamagedInput, Files} from './damage-types.ts'
import {seeded} from './random.ts'

/** Every damaged variant of the input at `path`. */
export function* damage(path: string, seed = 1): Generator<DamagedInput> {
  const random = seeded(seed)
  const folder = statSync(path).isDirectory() ? setFolder(path) : undefined
  if (folder) {
    const files = filesOf(folder)
    if (manifestOf(files)) {
      yield* setDamage(files, random)
      return
    }
  }
  const file = folder ? join(folder, onlyAof(folder)) : path
  const bytes = readFileSync(file)
  const target = basename(file)
  const kind = isRdb(bytes) && textStart(bytes) === bytes.length ? 'rdb' : 'aof'
  for (const each of kind === 'rdb' ? rdbDamage(bytes, random) : aofDamage(bytes, random)) {
    const {bytes: damaged, ...rest} = each
    yield {...rest, kind, target, files: new Map([[target, damaged]])}
  }
}

const manifestOf = (files: Files) => [...files.keys()].find((name) => name.endsWith('.manifest'))

function setFolder(path: string): string {
  const entries = readdirSync(path, {withFileTypes: true})
  if (entries.some(({name}) => name.endsWith('.manifest') || name.endsWith('.aof'))) return path
  const sub = entries.find((each) => each.isDirectory())
  return sub ? join(path, sub.name) : path
}

function onlyAof(folder: string): string {
  const found = readdirSync(folder).find((name) => name.endsWith('.aof'))
  if (!found) throw new Error(`no AOF in ${folder}`)
  return found
}

function filesOf(folder: string): Files {
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile())
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]))
}
