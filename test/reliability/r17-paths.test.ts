/** R17: manifests that lead elsewhere. Refused with the number of the line; nothing outside of the directory is opened. */
import {execFileSync, spawnSync} from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {check} from '../../src/operations/check.ts'
import {resp} from '../support/bytes.ts'
import {RUN} from './r14-process.ts'

const GOOD = resp('SET', 'inside', 'v')
const CANARY = resp('SET', 'CANARY-OUTSIDE', 'v')
const NAME = 'appendonly.aof'
let root: string
let outside: string

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'respite-r17-')))
  outside = join(root, 'outside.aof')
  writeFileSync(outside, CANARY)
})
afterAll(() => rmSync(root, {recursive: true}))

interface Trick {
  readonly what: string
  /** The name as it stands in the manifest; OUTSIDE is the path of the canary. */
  readonly name: string
  /** Puts something under the directory. */
  readonly prepare?: (folder: string) => void
}

const at = (folder: string, name = 'x.aof'): string => join(folder, name)
const device = (path: string) => (folder: string) => symlinkSync(path, at(folder))

const TRICKS: readonly Trick[] = [
  {what: 'a parent', name: '../outside.aof'},
  {what: 'two parents', name: '../../outside.aof'},
  {what: 'a parent further in', name: 'a/../../outside.aof'},
  {what: 'an absolute path', name: 'OUTSIDE'},
  {what: 'the password file', name: '/etc/passwd'},
  {what: 'a folder', name: 'a/b.aof'},
  {what: 'this folder', name: './x.aof'},
  {what: 'a backslash path', name: '"..\\\\outside.aof"'},
  {what: 'two dots', name: '..'},
  {what: 'one dot', name: '.'},
  {what: 'an empty name', name: '""'},
  {what: 'a NUL', name: '"x\\x00.aof"'},
  {what: 'a NUL behind a parent', name: '"../outside.aof\\x00.aof"'},
  {what: 'a newline', name: '"x\\n.aof"'},
  {what: 'a quote that stays open', name: '"x.aof'},
  {what: 'single quotes and a parent', name: "'../outside.aof'"},
  {what: 'hex for a slash', name: '"..\\x2foutside.aof"'},
  {what: 'a name of 5000 characters', name: 'x'.repeat(5000)},
  {
    what: 'a link to the outside',
    name: 'x.aof',
    prepare: (folder) => symlinkSync(outside, at(folder)),
  },
  {what: 'a link to nowhere', name: 'x.aof', prepare: device('/nonexistent/respite')},
  {what: 'a link to itself', name: 'x.aof', prepare: device('x.aof')},
  {what: 'a device', name: 'x.aof', prepare: device('/dev/zero')},
  {what: 'a directory', name: 'y.aof', prepare: (folder) => mkdirSync(at(folder, 'y.aof'))},
  {
    what: 'a FIFO',
    name: 'x.aof',
    prepare: (folder) => void execFileSync('mkfifo', [at(folder)]),
  },
]

/** A data directory whose set has one good file, then the trick, on line 2 of its manifest. */
function directory(trick: Trick, index: number): {data: string; set: string} {
  const data = join(root, `data-${index}`)
  const set = join(data, 'appendonlydir')
  mkdirSync(set, {recursive: true})
  writeFileSync(join(set, `${NAME}.1.incr.aof`), GOOD)
  trick.prepare?.(set)
  const name = trick.name.replace('OUTSIDE', outside)
  const lines = [`file ${NAME}.1.incr.aof seq 1 type i`, `file ${name} seq 2 type i`, '']
  writeFileSync(join(set, `${NAME}.manifest`), lines.join('\n'))
  return {data, set}
}

test('every trick is refused, with its line; nothing of the outside is read', () => {
  const kernel = createKernel(loadKernelModule())
  const said = TRICKS.map((trick, index) => {
    const {data} = directory(trick, index)
    const host = createInlineHost(kernel, new Inputs(), 0x100000, 0x10000)
    const report = check(host, [data])
    host.close()
    const errors = report.findings.filter(({severity}) => severity === 'error')
    const read = JSON.stringify(report)
    return {
      what: trick.what,
      refused: errors.length > 0 && report.verdict !== 'sound',
      line: errors.some(({message}) => message.includes('line 2')),
      commands: report.commands <= 1,
      canary: read.includes('CANARY'),
    }
  })
  const lines = said.filter(({line}) => line).length
  process.stdout.write(
    `R17 ${said.length} tricks: ${said.filter(({refused}) => refused).length} refused, ${lines} with the line\n`,
  )
  expect(said).toEqual(
    TRICKS.map(({what}) => ({what, refused: true, line: true, commands: true, canary: false})),
  )
})

const traced = spawnSync('strace', ['-V']).status === 0

/** Paths that `respite check` opened, as the system saw it. */
function opened(...folders: string[]): string[] {
  const log = join(root, 'trace')
  const strace = ['-f', '-qq', '-o', log, '-e', 'trace=open,openat,openat2']
  spawnSync('strace', [...strace, process.execPath, RUN, 'check', ...folders], {timeout: 60000})
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => !/ENOENT|ENOTDIR/.test(line))
    .flatMap((line) => /"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? [])
}

/** The system's own library opens the password file where HOME is not set: what a sound set takes is no trick. */
const named = (paths: readonly string[]): string[] =>
  paths.filter(
    (path) =>
      path.includes('outside.aof') ||
      path === '/etc/passwd' ||
      path === '/dev/zero' ||
      path.endsWith('/x.aof'),
  )

test('the system sees no open of anything outside of the directory', () => {
  if (!traced) {
    process.stdout.write('R17 strace is missing: what is opened is not watched\n')
    return
  }
  const sound = join(root, 'sound')
  mkdirSync(sound)
  writeFileSync(join(sound, NAME), GOOD)
  const paths = opened(...TRICKS.map((_, index) => join(root, `data-${index}`)))
  const inside = paths.filter((path) => path.startsWith(join(root, 'data-')))
  const tricked = named(paths)
  process.stdout.write(
    `R17 strace: ${inside.length} opens inside, ${tricked.length} of what the tricks name\n`,
  )
  expect(inside.length).toBeGreaterThan(TRICKS.length)
  expect(tricked).toEqual(named(opened(sound)))
})
