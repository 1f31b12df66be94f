/** `respite repair` as users run it. */
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'

const root = mkdtempSync(join(tmpdir(), 'respite-repair-cli-'))
afterAll(() => rmSync(root, {recursive: true}))

const set = (i: number) => record('SET', `key:${i}`, `value ${i}`)
const GOOD = bytes(record('SELECT', '0'), ...Array.from({length: 10}, (_, i) => set(i)))
const first = record('SELECT', '0').length + set(0).length
/** The second SET is no record any more. */
const MIDDLE = bytes(GOOD.subarray(0, first), 'XXXX', GOOD.subarray(first + 4))
const WITHOUT = bytes(GOOD.subarray(0, first), GOOD.subarray(first + set(1).length))
const CUT = GOOD.subarray(0, GOOD.length - 3)

let files = 0
function file(content: Uint8Array): string {
  const path = join(root, `in-${++files}.aof`)
  writeFileSync(path, content)
  return path
}
const output = () => join(root, `out-${++files}.aof`)

test('a damaged command goes, is kept aside, and what is left is proved', async () => {
  const input = file(MIDDLE)
  const out = output()
  const {code, stdout, stderr} = await respite(['repair', input, '-o', out])
  expect({code, stderr}).toEqual({code: 3, stderr: ''})
  expect(stdout).toMatch(/repaired, without 37 B/)
  expect(stdout).toMatch(/before the damage +1 key\n/)
  expect(stdout).toMatch(/replayed +9 keys\n/)
  expect(stdout).toMatch(new RegExp(`${first} +37 B +0 +unreadable`))
  expect(readFileSync(out)).toEqual(WITHOUT)
  expect(readFileSync(`${out}.cut-${first}`)).toEqual(MIDDLE.subarray(first, first + set(1).length))
  expect(readFileSync(input)).toEqual(MIDDLE)
})

test('--json says the same', async () => {
  const out = output()
  const {code, stdout} = await respite(['repair', '--json', file(MIDDLE), '-o', out])
  const report = JSON.parse(stdout)
  expect(code).toBe(3)
  expect(report).toMatchObject({
    schema: 'respite.repair/1',
    ok: false,
    exit: 3,
    verdict: 'repaired',
    output: out,
    kept: {commands: 10},
    loss: {bytes: 37, commands: 1},
    cuts: [{offset: first, bytes: 37, reason: 'damage', head: expect.stringMatching(/^58585858/)}],
    aside: [`${out}.cut-${first}`],
    proof: {keys: {0: 9}, keysBefore: {0: 1}, commands: 10, failed: 0, incomplete: null},
  })
})

test('a sound log is copied, exit 0', async () => {
  const out = output()
  const {code, stdout} = await respite(['repair', file(GOOD), '-o', out])
  expect(code).toBe(0)
  expect(stdout).toMatch(/sound, nothing to repair/)
  expect(readFileSync(out)).toEqual(GOOD)
})

test('--dry-run writes nothing', async () => {
  const input = file(MIDDLE)
  const before = readdirSync(root)
  const {code, stdout} = await respite(['repair', input, '--dry-run'])
  expect(code).toBe(3)
  expect(stdout).toMatch(/can be repaired, without 37 B/)
  expect(readdirSync(root)).toEqual(before)
})

test('--in-place keeps the original beside it, and does nothing the second time', async () => {
  const input = file(CUT)
  const {code} = await respite(['repair', input, '--in-place'])
  expect(code).toBe(3)
  const backup = readdirSync(root).find((name) =>
    name.startsWith(`${input.split('/').at(-1)}.bak-`),
  )
  expect(readFileSync(join(root, backup!))).toEqual(CUT)
  expect(readFileSync(input)).toEqual(GOOD.subarray(0, GOOD.length - set(9).length))
  const names = readdirSync(root)
  expect((await respite(['repair', input, '--in-place'])).code).toBe(0)
  expect(readdirSync(root)).toEqual(names)
})

test.each([
  ['10b', 4],
  ['37b', 3],
  ['0cmds', 4],
  ['1cmds', 3],
  ['1%', 4],
  ['50%', 3],
])('--max-loss %s: exit %i', async (limit, wanted) => {
  const out = output()
  const {code, stdout} = await respite(['repair', file(MIDDLE), '-o', out, '--max-loss', limit])
  expect(code).toBe(wanted)
  expect(existsSync(out)).toBe(wanted === 3)
  if (wanted === 4)
    expect(stdout).toMatch(/NOT REPAIRED.*would be lost.*\n(?:.*\n)*Next: raise --max-loss/)
})

test('--tail-only cuts all behind the damage, as redis-check-aof --fix', async () => {
  const out = output()
  await respite(['repair', file(MIDDLE), '-o', out, '--tail-only'])
  expect(readFileSync(out)).toEqual(MIDDLE.subarray(0, first))
})

test('a set: every file, not only the last; --in-place switches it by its manifest', async () => {
  const folder = join(root, 'data')
  cpSync(fixture('redis-7.0.15/aof-small-multi').path, folder, {recursive: true})
  const log = join(folder, 'appendonlydir/appendonly.aof.3.incr.aof')
  const damaged = Buffer.from(readFileSync(log)).fill(0, 2625, 2650)
  writeFileSync(log, damaged)
  const {code, stdout} = await respite(['repair', folder, '--in-place', '--json'])
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({cutCount: 1, kept: {commands: 215}})
  expect(readFileSync(log)).toEqual(damaged)
  expect((await respite(['check', '-q', folder])).code).toBe(0)
  const manifest = readFileSync(join(folder, 'appendonlydir/appendonly.aof.manifest'), 'utf8')
  expect(manifest).toMatch(/appendonly\.aof\.repaired-\d{8}T\d{6}Z\.3\.incr\.aof seq 3 type i/)
})

test('a record that was written half to one file and half to the next is put together', async () => {
  const folder = join(root, 'split')
  cpSync(fixture('redis-7.0.15/aof-small-multi').path, folder, {recursive: true})
  const dir = join(folder, 'appendonlydir')
  const [a, b] = [3, 4].map((seq) => join(dir, `appendonly.aof.${seq}.incr.aof`))
  const whole = record('SET', 'split', 'in two')
  const [before, behind] = [readFileSync(a), readFileSync(b)]
  writeFileSync(a, bytes(before, whole.subarray(0, 20)))
  writeFileSync(b, bytes(whole.subarray(20), behind))
  const out = join(root, 'split-out')
  const {code, stdout} = await respite(['repair', folder, '-o', out, '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({loss: {bytes: 0}, verdict: 'repaired'})
  expect(readFileSync(join(out, 'appendonlydir/appendonly.aof.3.incr.aof'))).toEqual(
    bytes(before, whole),
  )
  expect(readFileSync(join(out, 'appendonlydir/appendonly.aof.4.incr.aof'))).toEqual(behind)
})

test.each([
  {
    what: 'no output',
    args: (path: string) => ['repair', path],
    code: 2,
    says: /where to\? Give -o OUT/,
  },
  {what: 'stdin', args: () => ['repair', '-', '-o', 'x'], code: 2, says: /read more than once/},
  {what: 'stdout', args: (path: string) => ['repair', path, '-o', '-'], code: 2, says: /read back/},
  {
    what: 'the input itself',
    args: (path: string) => ['repair', path, '-o', path],
    code: 2,
    says: /the input itself/,
  },
  {
    what: 'nothing there',
    args: () => ['repair', join(root, 'no'), '-o', 'x'],
    code: 10,
    says: /no such file/,
  },
  {
    what: 'an RDB',
    args: () => ['repair', fixture('redis-7.0.15/small').path, '-o', join(root, 'x')],
    code: 10,
    says: /no log\n {2}Next: respite salvage/,
  },
  {
    what: 'an amount',
    args: (path: string) => ['repair', path, '--dry-run', '--max-loss', 'all'],
    code: 2,
    says: /no amount/,
  },
])('refused: $what', async ({args, code, says}) => {
  const run = await respite(args(file(MIDDLE)))
  expect({code: run.code, stdout: run.stdout}).toEqual({code, stdout: ''})
  expect(run.stderr).toMatch(says)
})

test('in place, files that a process writes are left alone', async () => {
  const input = file(CUT)
  const fd = openSync(input, 'a')
  try {
    const {code, stderr} = await respite(['repair', input, '--in-place'])
    expect(code).toBe(11)
    expect(stderr).toMatch(new RegExp(`process ${process.pid} has this file open`))
  } finally {
    closeSync(fd)
  }
  expect(readFileSync(input)).toEqual(CUT)
})

test('an output that exists is refused, and replaced with --force', async () => {
  const out = file(GOOD)
  const input = file(MIDDLE)
  const refused = await respite(['repair', input, '-o', out])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/there is a file already/)
  expect((await respite(['repair', input, '-o', out, '--force'])).code).toBe(3)
  expect(readFileSync(out)).toEqual(WITHOUT)
})

test('text of a log in a value that was cut is not taken for commands, unless asked for', async () => {
  const inside = bytes(
    GOOD,
    '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5000\r\n',
    'x'.repeat(50),
    '\r\n',
    set(20),
    set(21),
    set(22),
  )
  const out = output()
  const careful = await respite(['repair', file(inside), '-o', out])
  expect(careful.code).toBe(3)
  expect(careful.stdout).toMatch(/looks like commands from offset 472 on\..*--inside keeps them/)
  expect(readFileSync(out)).toEqual(GOOD)
  await respite(['repair', file(inside), '-o', out, '--force', '--inside'])
  expect(readFileSync(out)).toEqual(bytes(GOOD, set(20), set(21), set(22)))
})

test('what has no command left cannot be repaired', async () => {
  const {code, stdout} = await respite(['repair', file(Buffer.alloc(4096)), '-o', output()])
  expect(code).toBe(4)
  expect(stdout).toMatch(/CANNOT BE REPAIRED: not one command can be read/)
})

test('bytes that an earlier run cut are not replaced, and nothing is written instead', async () => {
  const input = file(MIDDLE)
  writeFileSync(`${input}.cut-${first}`, 'earlier')
  const refused = await respite(['repair', input, '--in-place'])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/an earlier run cut\n {2}Next: Move it away/)
  expect(readFileSync(input)).toEqual(MIDDLE)
  expect(readFileSync(`${input}.cut-${first}`, 'utf8')).toBe('earlier')
  expect((await respite(['repair', input, '--in-place', '--discard'])).code).toBe(3)
})
