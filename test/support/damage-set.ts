/** Damage to a multi-part AOF: missing files, broken manifests, orphans, and damage to its base and last incr file. */
import {resp} from './bytes.ts'
import {aofDamage} from './damage-aof.ts'
import {isRdb, rdbDamage} from './damage-rdb.ts'
import type {Damage, DamagedInput, Files} from './damage-types.ts'
import type {Random} from './random.ts'

interface Subject {
  readonly files: Files
  readonly manifest: string
  readonly lines: readonly string[]
  readonly base: string
  readonly incrs: readonly string[]
  readonly lastIncr: string
}

type Edit = (files: Map<string, Buffer>) => void

export function* setDamage(files: Files, random: Random): Generator<DamagedInput> {
  const subject = subjectOf(files)
  yield* missing(subject)
  yield* manifests(subject)
  yield* strays(subject)
  yield* parts(subject, random)
}

function subjectOf(files: Files): Subject {
  const manifest = [...files.keys()].find((name) => name.endsWith('.manifest'))!
  const lines = files.get(manifest)!.toString().trim().split('\n')
  const incrs = lines.filter((line) => / type i/.test(line)).map(fileName)
  const base = fileName(lines.find((line) => / type b/.test(line))!)
  return {files, manifest, lines, base, incrs, lastIncr: incrs[incrs.length - 1]}
}

function fileName(line: string): string {
  const [, quoted, plain] = /^file (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(line)!
  return quoted ?? plain
}

type Extra = Pick<DamagedInput, 'intact' | 'lastCommandEnd' | 'sameData'>

function changed(
  {files}: Subject,
  name: string,
  what: string,
  target: string,
  edit: Edit,
  extra: Extra = {},
): DamagedInput {
  const copy = new Map(files)
  edit(copy)
  return {name, kind: 'set', what, target, files: copy, ...extra}
}

function* missing(subject: Subject): Generator<DamagedInput> {
  const {manifest, base, incrs, lastIncr} = subject
  const without = (name: string, what: string, target: string) =>
    changed(subject, name, what, target, (files) => files.delete(target))
  yield without('no-manifest', 'manifest missing', manifest)
  yield without('no-base', 'base file missing', base)
  yield without('no-incr', 'last incr file missing', lastIncr)
  if (incrs.length > 1) {
    yield without('no-middle-incr', 'an incr file that is not the last missing', incrs[0])
  }
}

function* manifests(subject: Subject): Generator<DamagedInput> {
  const {manifest, lines, base, lastIncr} = subject
  const text = `${lines.join('\n')}\n`
  const to = (name: string, what: string, content: string, extra: Extra = {}) =>
    changed(subject, name, what, manifest, (f) => f.set(manifest, Buffer.from(content)), extra)
  const same = {sameData: true} as const
  const baseLine = lines.find((line) => / type b/.test(line))!
  yield to('manifest-empty', 'manifest empty', '')
  yield to('manifest-cut', 'manifest cut in its last line', text.slice(0, -6))
  yield to('manifest-no-newline', 'last newline missing', text.slice(0, -1), same)
  yield to('manifest-comment', 'a comment line', `# comment\n${text}`, same)
  yield to('manifest-crlf', 'CRLF line ends', text.replaceAll('\n', '\r\n'))
  yield to('manifest-garbage-line', 'a line of garbage', `${text}hello world\n`)
  const key = text.replace(' type i', ' size 1 type i')
  yield to('manifest-unknown-key', 'an extra key in a line', key)
  yield to('manifest-bad-type', 'type x', text.replace(' type i', ' type x'))
  yield to('manifest-two-bases', 'base listed twice', `${baseLine}\n${text}`)
  yield to('manifest-path', 'a path in a file name', text.replace(base, `../${base}`))
  const down = `${text}file ${JSON.stringify(lastIncr)} seq 0 type i\n`
  yield to('manifest-seq-order', 'incr sequence going down', down)
  yield to('manifest-zeros', 'manifest zeroed', '\0'.repeat(text.length))
}

function* strays(subject: Subject): Generator<DamagedInput> {
  const {base, lastIncr} = subject
  const put = (name: string, what: string, target: string, content: Buffer, extra: Extra = {}) =>
    changed(subject, name, what, target, (files) => files.set(target, content), extra)
  const same = {sameData: true} as const
  const orphan = 'appendonly.aof.99.incr.aof'
  const unlisted = 'an incr file the manifest does not list'
  yield put('orphan-incr', unlisted, orphan, resp('SET', 'orphan', '1'), same)
  const temp = 'temp-rewriteaof-bg-1.aof'
  const left = 'a temporary rewrite file left over'
  yield put('temp-left', left, temp, Buffer.from('REDIS'), same)
  yield put('base-empty', 'base file empty', base, Buffer.alloc(0))
  const prefix = {sameData: 'prefix'} as const
  yield put('incr-empty', 'last incr file empty', lastIncr, Buffer.alloc(0), prefix)
}

const OF_A_BASE = /^(trunc-50|trunc-in-arg|flip-0|flip-length|zero-hole-16|checksum-flip)$/

function* parts(subject: Subject, random: Random): Generator<DamagedInput> {
  const {files, base, incrs, lastIncr} = subject
  const baseFile = files.get(base)!
  for (const each of isRdb(baseFile) ? rdbDamage(baseFile, random) : aofDamage(baseFile, random)) {
    if (OF_A_BASE.test(each.name)) yield part(subject, 'base', base, {...each, sameData: undefined})
  }
  if (incrs.length > 1) {
    const first = files.get(incrs[0])!
    const what = 'an incr file that is not the last cut by one byte'
    const intact = first.length - 1
    const cut = (copy: Map<string, Buffer>) => copy.set(incrs[0], first.subarray(0, intact))
    yield changed(subject, 'middle-incr-trunc', what, incrs[0], cut, {intact})
  }
  for (const each of aofDamage(files.get(lastIncr)!, random)) {
    yield part(subject, 'incr', lastIncr, each)
  }
}

function part(
  subject: Subject,
  which: 'base' | 'incr',
  target: string,
  each: Damage,
): DamagedInput {
  const {name, what, bytes, intact, lastCommandEnd, sameData} = each
  const title = which === 'base' ? `base: ${what}` : `last incr: ${what}`
  const extra = {intact, lastCommandEnd, sameData}
  return changed(subject, `${which}-${name}`, title, target, (f) => f.set(target, bytes), extra)
}
