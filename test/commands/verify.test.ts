import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'
import {RAW} from '../support/reports.ts'

const SMALL = fixture('redis-7.0.15/small')
const CANARY = 'canary-value-91ab'
let folder: string
const path = (name: string) => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-verify-'))
  const small = readFileSync(SMALL.path)
  writeFileSync(path('small.rdb'), small)
  writeFileSync(path('cut.rdb'), small.subarray(0, 300))
  writeFileSync(
    path('fails.aof'),
    bytes(record('SET', '\x1b[2J', CANARY), record('INCR', '\x1b[2J')),
  )
  writeFileSync(path('rules.json'), '{"maxValueBytes": 1, "forbiddenPrefixes": ["\\u001b"]}')
})
afterAll(() => rmSync(folder, {recursive: true}))

const verify = (...args: string[]) => respite(['verify', ...args], {cwd: folder})

describe('respite verify', () => {
  test('prints a line per check', async () => {
    const {stdout, stderr, code} = await verify('small.rdb', '--min-keys', '20')
    const [head, ...lines] = stdout.trimEnd().split('\n')
    expect(head).toBe('small.rdb: FAILED, 19 keys')
    expect(lines).toEqual([
      '  ok       sound     2701 bytes checked: sound',
      expect.stringMatching(/^ {2}ok {7}digest {4}[0-9a-f]{40}$/),
      '  FAILED   min-keys  19 keys, at least 20',
    ])
    expect({stderr, code}).toEqual({stderr: '', code: 1})
  })

  test('is silent with -q when all is well, and tells what is not', async () => {
    expect(await verify('-q', 'small.rdb')).toMatchObject({stdout: '', stderr: '', code: 0})
    const {stdout, code} = await verify('-q', 'small.rdb', '--min-keys', '20')
    expect(stdout.trimEnd().split('\n')).toHaveLength(2)
    expect(code).toBe(1)
  })

  test('prints one document as JSON, errors too', async () => {
    const {stdout, code} = await verify('--json', 'small.rdb')
    expect(JSON.parse(stdout)).toMatchObject({
      ...{schema: 'respite.verify/1', ok: true, exit: 0, verdict: 'ok', keys: 19},
    })
    expect(code).toBe(0)
    const gone = await verify('--json', 'gone.rdb')
    expect(JSON.parse(gone.stdout)).toMatchObject({schema: 'respite.error/1', exit: 10})
    expect(gone.code).toBe(10)
  })

  test('shows keys escaped, and never a value', async () => {
    for (const flags of [[], ['--json'], ['--nagios'], ['-v'], ['-q'], ['--prom', 'canary.prom']]) {
      const {stdout, stderr} = await verify('fails.aof', '--rules', 'rules.json', ...flags)
      expect(stdout + stderr).not.toContain(CANARY)
      expect(stdout + stderr).not.toMatch(RAW)
      expect(stdout).toMatch(/INCR|forbidden/)
    }
  })

  test('speaks to Nagios and to node_exporter', async () => {
    const good = await verify('--nagios', 'small.rdb')
    expect(good.stdout).toMatch(
      /^RESPITE OK - small.rdb: good, 19 keys, 2 checks \| bytes=2701B keys=19 /,
    )
    expect(good.code).toBe(0)
    const bad = await verify('--nagios', '--prom', 'x.prom', 'cut.rdb')
    expect(bad).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^RESPITE CRITICAL - cut.rdb/),
    })
    expect(await verify('--nagios', 'gone.rdb')).toMatchObject({code: 2})
    expect(await verify('--nagios', '--max-age', 'soon', 'small.rdb')).toMatchObject({code: 3})
    const metrics = readFileSync(path('x.prom'), 'utf8')
    expect(metrics).toContain('respite_verify_ok{input="cut.rdb"} 0\n')
    expect(metrics).toContain('respite_verify_check_ok{input="cut.rdb",check="sound"} 0\n')
    expect(metrics).toContain('respite_verify_check_ok{input="cut.rdb",check="digest"} -1\n')
  })

  test('writes a baseline where there is none, compares with it, and writes it anew when told', async () => {
    const flags = ['--baseline', 'base.json']
    expect(await verify('cut.rdb', ...flags)).toMatchObject({code: 1})
    expect(existsSync(path('base.json'))).toBe(false)
    expect(await verify('small.rdb', ...flags)).toMatchObject({code: 0})
    const written = readFileSync(path('base.json'), 'utf8')
    expect(JSON.parse(written)).toMatchObject({schema: 'respite.baseline/1', bytes: 2701, keys: 19})
    expect(await verify('small.rdb', ...flags, '--max-drift', '0%')).toMatchObject({code: 0})
    const other = await verify('--json', 'fails.aof', ...flags)
    expect(other.code).toBe(1)
    const {checks} = JSON.parse(other.stdout)
    expect(checks.at(-1)).toMatchObject({name: 'baseline', ok: false})
    expect(readFileSync(path('base.json'), 'utf8')).toBe(written)
    writeFileSync(path('plain.aof'), record('SET', 'a', '1'))
    expect(await verify('plain.aof', ...flags, '--update-baseline')).toMatchObject({code: 0})
    expect(JSON.parse(readFileSync(path('base.json'), 'utf8'))).toMatchObject({keys: 1})
  })

  test('holds two inputs against each other', async () => {
    expect(await verify('small.rdb', '--against', SMALL.path)).toMatchObject({code: 0})
    expect(await verify('small.rdb', '--against', 'plain.aof')).toMatchObject({code: 1})
    expect(await verify('small.rdb', '--against', 'gone.rdb')).toMatchObject({code: 10})
  })

  test.each([
    [['--max-age', '26'], /--max-age 26/],
    [['--max-drift', 'x', '--baseline', 'none.json'], /--max-drift x/],
    [['--max-drift', '5%'], /baseline/],
    [['--rules', 'base.json'], /no rule "schema"/],
    [['--baseline', 'rules.json'], /not a baseline/],
    [['--against', 'redis://localhost:x'], /not the address of a server/],
  ])('%j is a usage error', async (flags, message) => {
    const {code, stderr, stdout} = await verify('small.rdb', ...flags)
    expect({code, stdout}).toEqual({code: 2, stdout: ''})
    expect(stderr).toMatch(message)
  })

  test('refuses stdin', async () => {
    const {code, stderr} = await respite(['verify', '-'], {input: readFileSync(SMALL.path)})
    expect(code).toBe(2)
    expect(stderr).toMatch(/read only once/)
  })
})

describe('respite check --replay', () => {
  test('says what is there at the end', async () => {
    const {stdout, code} = await respite(['check', '--replay', 'fails.aof'], {cwd: folder})
    expect(stdout).toContain('  replayed  2 commands (1 failed); at the end 1 key\n')
    expect(stdout).toContain('INCR fails: ERR value is not an integer or out of range')
    expect(stdout).not.toContain(CANARY)
    expect(code).toBe(1)
  })
})
