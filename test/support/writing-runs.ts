/** Runs writing commands in folders of their own, and says what is wrong with what they leave. */
import {createHash} from 'node:crypto'
import {lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {type Run, type RunOptions, respite} from './cli.ts'
import type {WritingCommand} from './writing-commands.ts'

export interface Leaf {
  readonly inode: number
  /** Of the content, times taken out where a command writes times. */
  readonly sha256: string
}

/** Files below a folder by relative name. */
export type Tree = ReadonlyMap<string, Leaf>

const STAMP = /\d{8}T\d{6}Z(?:-\d+)?/g
/** Also a directory that another is about to replace. */
const TEMPORARY = /(?:^|\/)\.[^/]+\.(?:tmp|was)-\d+(?:\/|$)/
/** Files of a command beside its output. */
const ASIDE = /\.(?:bak|cut)-/

export const isTemporary = (name: string): boolean => TEMPORARY.test(name)

/** Names and texts of two runs differ in times. */
const plain = (text: string): string => text.replace(STAMP, 'STAMP')

function contentOf(path: string): Uint8Array | string {
  const content = readFileSync(path)
  if (/\.manifest(?:\.bak|$)/.test(path)) return plain(content.toString('latin1'))
  if (path.endsWith('.prom'))
    return content.toString('latin1').replace(/\b1\d{9}(?:\.\d+)?\b/g, 'T')
  return content
}

export function treeOf(folder: string): Tree {
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort()
  const files = names.filter((name) => lstatSync(join(folder, name)).isFile())
  return new Map(
    files.map((name) => {
      const path = join(folder, name)
      const sha256 = createHash('sha256').update(contentOf(path)).digest('hex')
      return [name, {inode: lstatSync(path).ino, sha256}]
    }),
  )
}

export interface Scene {
  readonly folder: string
  readonly before: Tree
  remove(): void
}

/** When the inputs were last written: what a log tells no times of happened then, and outputs can hold it. Later than any of the fixtures. */
const WRITTEN = new Date('2026-11-30T00:00:00Z')

/** A folder with the command's inputs, the same every time. */
export function scene(command: WritingCommand, parent = tmpdir()): Scene {
  const folder = mkdtempSync(join(parent, 'respite-writing-'))
  command.prepare(folder)
  for (const name of namesIn(folder)) utimesSync(join(folder, name), WRITTEN, WRITTEN)
  const remove = () => rmSync(folder, {recursive: true})
  return {folder, before: treeOf(folder), remove}
}

export const runIn = (folder: string, args: readonly string[], options: RunOptions = {}) =>
  respite(args, {cwd: folder, ...options})

export interface Reference {
  readonly run: Run
  readonly before: Tree
  /** By names without times. */
  readonly after: Tree
}

const references = new Map<string, Promise<Reference>>()

/** What the command does when nothing goes wrong: run once for all tests of a file. */
export function reference(command: WritingCommand): Promise<Reference> {
  const known = references.get(command.name) ?? soundRun(command)
  references.set(command.name, known)
  return known
}

async function soundRun(command: WritingCommand): Promise<Reference> {
  const {folder, before, remove} = scene(command)
  try {
    const run = await runIn(folder, command.args)
    const after = new Map([...treeOf(folder)].map(([name, leaf]) => [plain(name), leaf]))
    return {run, before, after}
  } finally {
    remove()
  }
}

/** The output is there, as it should be: not only what lies beside it. */
export function isComplete(now: Tree, {before, after}: Reference): boolean {
  const names = new Map([...now].map(([name, leaf]) => [plain(name), leaf.sha256]))
  return [...after]
    .filter(([name, leaf]) => !ASIDE.test(name) && before.get(name)?.sha256 !== leaf.sha256)
    .every(([name, leaf]) => names.get(name) === leaf.sha256)
}

/**
 * What is wrong with a folder, whenever a run was stopped: a file that is neither what it was nor what it is to be, an input that
 * changed, a manifest that names what is not there. Temporaries are no fault here.
 */
export function faultsIn(
  folder: string,
  command: WritingCommand,
  {before, after}: Reference,
  scene: Scene,
): string[] {
  const now = treeOf(folder)
  const faults = command.whole === undefined ? [] : mixIn(command.whole, now, scene.before, after)
  const isWhole = (name: string) => name.startsWith(`${command.whole}/`)
  for (const [name, was] of scene.before) {
    if (isWhole(name)) continue
    const is = now.get(name)
    if (is === undefined) {
      if (!isMovedAside(name, was, now, command)) faults.push(`${name} is gone`)
    } else if (is.inode === was.inode && is.sha256 === was.sha256) continue
    else if (!command.replaces?.test(name)) faults.push(`${name} was changed`)
    else if (is.sha256 !== after.get(plain(name))?.sha256) faults.push(`${name} is torn`)
  }
  for (const [name, is] of now) {
    if (scene.before.has(name) || isTemporary(name) || isWhole(name)) continue
    const wanted = after.get(plain(name))?.sha256
    // A backup of the file before: a second name for it.
    const backup = /\.bak-/.test(name) ? before.get(name.replace(/\.bak-.*/, ''))?.sha256 : wanted
    if (is.sha256 !== wanted && is.sha256 !== backup) faults.push(`${name} is torn or extra`)
  }
  for (const name of now.keys()) {
    if (!name.endsWith('.manifest') || isTemporary(name)) continue
    const lines = readFileSync(join(folder, name), 'utf8').matchAll(/^file (\S+)/gm)
    for (const [, file] of lines) {
      if (!now.has(join(dirname(name), file)))
        faults.push(`${name} names ${file}, which is missing`)
    }
  }
  return faults
}

/** A directory is there as it was, or as it is to be, or for a moment not at all: then it lies beside. */
function mixIn(directory: string, now: Tree, before: Tree, after: Tree): string[] {
  const inside = (tree: Tree, start: string) =>
    [...tree].flatMap(([name, {sha256}]) =>
      name.startsWith(start) ? [`${name.slice(start.length)} ${sha256}`] : [],
    )
  const [old, wanted] = [before, after].map((tree) => inside(tree, `${directory}/`))
  const aside = [...now.keys()].map((name) => /^\.[^/]+\.was-\d+\//.exec(name)?.[0])
  const beside = [...new Set(aside)].flatMap((start) => (start ? inside(now, start) : []))
  const is = inside(now, `${directory}/`)
  const isAnyOf = (trees: readonly string[][]) => trees.some((tree) => `${tree}` === `${is}`)
  if (isAnyOf([old, wanted]) || (is.length === 0 && `${beside}` === `${old}`)) return []
  // Directories in it that are none of its business come behind the rest.
  const later = beside.filter((line) => line.includes('/'))
  const isLater = `${[...is, ...later].sort()}` === `${wanted}`
  return isLater ? [] : [`${directory} is a mix: ${is}`]
}

/** A file that leaves a set keeps its bytes under the name of a backup. */
function isMovedAside(name: string, was: Leaf, now: Tree, {replaces}: WritingCommand): boolean {
  const backups = [...now].filter(([other]) => other.startsWith(`${name}.bak-`))
  return replaces?.test(name) === true && backups.some(([, {inode}]) => inode === was.inode)
}

/** Files and folders below a folder. */
export const namesIn = (folder: string): string[] =>
  readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort()

export const temporariesIn = (folder: string): string[] =>
  readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((name) => isTemporary(name))

/** `count` of `items`, the first and the last among them. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (count >= items.length) return [...items]
  const step = (items.length - 1) / Math.max(1, count - 1)
  return Array.from({length: count}, (_, i) => items[Math.round(i * step)])
}
