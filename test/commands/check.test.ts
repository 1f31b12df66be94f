import {createHash} from 'node:crypto'
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {HOSTILE, RAW} from '../support/reports.ts'

const CANARY = 'canary-value-5f2c'

/** A string and a list in the plainest form, RDB 3: no checksum. */
const SOUND = bytes(
  'REDIS0003',
  [0xfe, 0],
  ...[[0, 3], 'key', [CANARY.length], CANARY],
  ...[[1, 4], 'list', [1, CANARY.length], CANARY],
  [0xff],
)
/** The file ends inside the list. */
const CUT = SOUND.subarray(0, SOUND.length - 5)
/** A type byte that no server knows stands where the list should begin. */
const BROKEN = Uint8Array.from(SOUND, (byte, at) => (at === 34 ? 0x63 : byte))

const names = HOSTILE.filter((name) => !/[/\0\ud800]/.test(name))
let folder: string
const path = (name: string) => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-check-'))
  writeFileSync(path('sound.rdb'), SOUND)
  writeFileSync(path('cut.rdb'), CUT)
  writeFileSync(path('broken.rdb'), BROKEN)
  for (const name of names) writeFileSync(path(name), BROKEN)
})
afterAll(() => rmSync(folder, {recursive: true}))

const state = () =>
  readdirSync(folder).map((name) => {
    const {ino, mtimeMs, mode} = statSync(path(name))
    const hash = createHash('sha256')
      .update(readFileSync(path(name)))
      .digest('hex')
    return {name, ino, mtimeMs, mode, hash}
  })

describe('respite check', () => {
  test('says that a sound file is sound', async () => {
    const {stdout, stderr, code} = await respite(['check', 'sound.rdb'], {cwd: folder})
    expect({stdout: stdout.split('\n'), stderr, code}).toEqual({
      stdout: [
        'sound.rdb: sound',
        '  read   RDB 3, 60 B, every value in depth',
        '  holds  2 keys',
        '  db  keys  expires  list  string',
        '   0     2        0     1       1',
        '',
      ],
      stderr: '',
      code: 0,
    })
  })

  test('prints one JSON document per input and ends with the highest status', async () => {
    const inputs = ['sound.rdb', 'cut.rdb', 'broken.rdb', 'gone.rdb']
    const {stdout, stderr, code} = await respite(['check', '--json', ...inputs], {cwd: folder})
    const documents = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(documents.map(({input, exit, ok, verdict}) => [input, exit, ok, verdict])).toEqual([
      ['sound.rdb', 0, true, 'sound'],
      ['cut.rdb', 1, false, 'truncated'],
      ['broken.rdb', 1, false, 'damaged'],
      ['gone.rdb', 10, false, undefined],
    ])
    expect(documents[1].findings[0]).toMatchObject({code: 'TRUNCATED', offset: 55, db: 0})
    expect(documents[3]).toMatchObject({
      schema: 'respite.error/1',
      error: {code: 'INPUT_MISSING'},
    })
    expect({stderr, code}).toEqual({stderr: '', code: 10})
  })

  test('is silent with -q unless something is wrong, and then says it in one line', async () => {
    const {stdout, code} = await respite(['check', '-q', 'sound.rdb', 'cut.rdb'], {cwd: folder})
    expect({stdout, code}).toEqual({
      stdout: 'cut.rdb: TRUNCATED: it ends early (1 error)\n',
      code: 1,
    })
  })

  test('reads stdin', async () => {
    const {stdout, code} = await respite(['check', '-'], {input: SOUND})
    expect(stdout).toMatch(/^-: sound\n/)
    expect(code).toBe(0)
  })

  test.each([
    [['check'], 'Missing 1 required arg'],
    [['check', '--bogus', 'x'], 'Nonexistent flag: --bogus'],
    [['check', '--max-memory', '5q', 'x'], '--max-memory: 5q is no size'],
    [['check', '--limit', 'a', 'x'], '--limit: Expected an integer'],
    [['check', '--nagios', '--json', 'x'], 'cannot also be provided'],
    [['bogus'], 'command bogus not found'],
  ])('%j is a usage error', async (args, message) => {
    const {stdout, stderr, code} = await respite(args)
    expect(code).toBe(args.includes('--nagios') ? 3 : 2)
    expect(stdout + stderr).toContain(message)
    expect(stderr).not.toContain(' at ')
  })

  test('keeps the status of a usage error under --json', async () => {
    const {stdout, stderr, code} = await respite(['check', '--json', '--limit', 'a', 'x'])
    expect(JSON.parse(stdout)).toMatchObject({schema: 'respite.error/1', ok: false, exit: 2})
    expect({stderr, code}).toEqual({stderr: '', code: 2})
  })

  test('lets no hostile file name or key through, in any form, and changes nothing', async () => {
    const before = state()
    const prom = join(folder, '..', `respite-${process.pid}.prom`)
    const forms = [[], ['-v'], ['--json'], ['--nagios'], ['-q'], ['--prom', prom]]
    for (const form of forms) {
      const {stdout, stderr, code} = await respite(['check', ...form, '--', ...names], {
        cwd: folder,
      })
      expect(stdout + stderr).not.toMatch(RAW)
      expect(stdout + stderr).not.toContain(CANARY)
      expect(code).toBe(form[0] === '--nagios' ? 2 : 1)
    }
    expect(statSync(prom).mode & 0o777).toBe(0o644)
    const samples = readFileSync(prom, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('respite_check_ok'))
    expect(samples).toHaveLength(names.length)
    for (const sample of samples)
      expect(sample).toMatch(/^[a-z_]+\{input="(?:[^"\\]|\\["\\n])*"\} 0$/)
    rmSync(prom)
    expect(state()).toEqual(before)
  })

  test('replaces the metrics of the last run, and names what it could not write', async () => {
    const prom = path('check.prom')
    await respite(['check', '-q', '--prom', prom, 'cut.rdb'], {cwd: folder})
    await respite(['check', '-q', '--prom', prom, 'sound.rdb'], {cwd: folder})
    expect(readFileSync(prom, 'utf8')).toContain('respite_check_ok{input="sound.rdb"} 1\n')
    expect(readFileSync(prom, 'utf8')).not.toContain('cut.rdb')
    rmSync(prom)
    const bad = await respite(['check', '-q', '--prom', path('none/x'), 'sound.rdb'], {cwd: folder})
    expect(bad.code).toBe(10)
    expect(bad.stderr).toContain('none')
  })
})
