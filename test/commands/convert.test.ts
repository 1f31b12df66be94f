/** `respite convert` as users run it. */
import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {once} from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {afterAll, describe, expect, test} from '@jest/globals'
import {aux, bytes, entry, expireMs, rdbFile, resp, selectDb, str} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture, ROOT} from '../support/fixtures.ts'

const root = mkdtempSync(join(tmpdir(), 'respite-convert-cli-'))
afterAll(() => rmSync(root, {recursive: true}))

const SMALL = fixture('redis-7.0.15/small').path
let outputs = 0
const out = (name = 'out') => join(root, `${name}-${++outputs}`)

function file(name: string, content: Uint8Array): string {
  const path = join(root, name)
  writeFileSync(path, content)
  return path
}

const PLAIN = file(
  'plain.rdb',
  rdbFile({
    version: 10,
    body: bytes(
      ...[aux('redis-ver', '7.0.15'), aux('ctime', '1700000000'), aux('aof-base', '0')],
      ...[selectDb(0), entry(0, 'user:1', str('one'))],
      ...[expireMs(1700000060000), entry(0, 'user:2', str('two'))],
      ...[selectDb(3), entry(0, 'queue', str('three'))],
    ),
  }),
)

async function run(...args: string[]) {
  const {code, stdout, stderr} = await respite(['convert', ...args])
  return {code, stdout, stderr}
}

async function json(...args: string[]) {
  const {stdout} = await run('--json', ...args)
  return JSON.parse(stdout)
}

test('the same version is a copy: same digest, nothing written anew, the input as it was', async () => {
  const before = createHash('sha256').update(readFileSync(SMALL)).digest('hex')
  const {ino} = statSync(SMALL)
  const output = out()
  const {code, stdout, stderr} = await run(SMALL, '--to', 'rdb', '-o', output)
  expect({code, stderr}).toEqual({code: 0, stderr: ''})
  expect(stdout).toMatch(/converted, 19 keys\n/)
  expect(stdout).toMatch(/copied +19 keys\n/)
  const digests = await respite(['digest', '--full', SMALL, output])
  expect(new Set(digests.stdout.match(/^[0-9a-f]{40}/gm)).size).toBe(1)
  expect(createHash('sha256').update(readFileSync(SMALL)).digest('hex')).toBe(before)
  expect(statSync(SMALL).ino).toBe(ino)
})

describe('what the target cannot hold', () => {
  const args = [SMALL, '--to', 'rdb', '--for', 'redis-2.8']

  test('is listed, and nothing is written', async () => {
    const output = out()
    const {code, stdout} = await run(...args, '-o', output)
    expect(code).toBe(20)
    expect(stdout).toMatch(/NOT CONVERTED: Redis files of RDB version 6 cannot hold/)
    expect(stdout).toMatch(/1 +streams +streams: these keys go +refused +0 "k:stream"/)
    expect(stdout).toMatch(/--drop functions,streams/)
    expect(existsSync(output)).toBe(false)
  })

  test('may go by name, and is still listed', async () => {
    const output = out()
    const {code, stdout} = await run(...args, '-o', output, '--drop', 'functions,streams')
    expect(code).toBe(3)
    expect(stdout).toMatch(/converted, 18 keys, with losses/)
    expect(readFileSync(output, 'latin1').slice(0, 9)).toBe('REDIS0006')
  })

  test('is all that --dry-run says', async () => {
    const report = await json(...args, '--dry-run')
    expect(report).toMatchObject({
      ...{schema: 'respite.convert/1', ok: false, exit: 20, verdict: 'refused', output: null},
      ...{target: {dialect: 'redis', rdbVersion: 6}, kind: 'rdb', dryRun: true},
    })
    expect(
      report.missing.map(({feature, count}: {feature: string; count: number}) => [feature, count]),
    ).toEqual(
      expect.arrayContaining([
        ['functions', 1],
        ['streams', 1],
      ]),
    )
  })

  test('of hash fields may become plain', async () => {
    const input = fixture('redis-7.4.1/small').path
    const output = out()
    const refused = await run(input, '--to', 'rdb', '--for', 'redis-7.2', '-o', output)
    expect(refused.code).toBe(20)
    expect(refused.stdout).toMatch(/hash-field-ttl/)
    const done = await run(
      input,
      '--to',
      'rdb',
      '--for',
      'redis-7.2',
      '-o',
      output,
      '--as',
      'hash-field-ttl=plain',
    )
    expect(done.code).toBe(3)
  })
})

describe('selecting and changing', () => {
  test('keys by pattern, into another database, under another prefix', async () => {
    const output = out()
    const args = [
      '--match',
      'user:*',
      '--rename-db',
      '0=5',
      '--prefix-strip',
      'user:',
      '--prefix-add',
      'u/',
    ]
    const report = await json(PLAIN, '--to', 'resp', '-o', output, ...args)
    expect(report).toMatchObject({exit: 0, keys: 2, unselected: 1})
    const commands = bytes(
      ...[resp('SELECT', '5'), resp('SET', 'u/1', 'one'), resp('SET', 'u/2', 'two')],
      resp('PEXPIREAT', 'u/2', '1700000060000'),
    )
    expect(readFileSync(output)).toEqual(commands)
  })

  test('expiries later, or none', async () => {
    const later = await respite(['convert', PLAIN, '--to', 'resp', '-o', '-', '--ttl', 'shift:+1m'])
    expect(later.stdout).toContain('1700000120000')
    const none = await respite(['convert', PLAIN, '--to', 'resp', '-o', '-', '--ttl', 'strip'])
    expect(none.stdout).not.toContain('PEXPIREAT')
  })

  test.each([
    [['--rename-db', '0=3'], /databases 0 and 3 would become one, 3/],
    [['--prefix-strip', 'user:'], /1 keys do not begin with the prefix/],
    [['--type', 'hush'], /hush is no list of types/],
    [['--now', '@5'], /--expired/],
    [['--for', 'redis-1.0'], /there is no server redis-1.0/],
    [['--rdb-version', '99'], /does not write RDB version 99/],
    [['--drop', 'everything'], /--drop everything: there are/],
    [['--single'], /--single and --base go with --to aof/],
  ])('%j is a usage error', async (args, message) => {
    const output = out()
    const {code, stderr} = await run(PLAIN, '--to', 'rdb', '-o', output, ...args)
    expect({code, text: message.test(stderr)}).toEqual({code: 2, text: true})
    expect(existsSync(output)).toBe(false)
  })
})

describe('where it goes', () => {
  test('a set is complete and in a directory of its own', async () => {
    const output = out('appendonlydir')
    expect((await run(SMALL, '--to', 'aof', '-o', output)).code).toBe(0)
    expect(readdirSync(output).sort()).toEqual([
      'appendonly.aof.1.base.rdb',
      'appendonly.aof.1.incr.aof',
      'appendonly.aof.manifest',
    ])
    expect((await respite(['check', output])).code).toBe(0)
  })

  test('servers before 7.0 want one file', async () => {
    const {code, stderr} = await run(PLAIN, '--to', 'aof', '--for', 'redis-6.2', '-o', out())
    expect(code).toBe(2)
    expect(stderr).toMatch(/give --single/)
  })

  test('stdout has the data and nothing else, stderr the rest', async () => {
    const output = out()
    await run(PLAIN, '--to', 'resp', '-o', output)
    const {stdout, stderr, code} = await run(PLAIN, '--to', 'resp', '-o', '-')
    expect(code).toBe(0)
    expect(stdout).toBe(readFileSync(output, 'utf8'))
    expect(stderr).toMatch(/converted, 3 keys/)
  })

  test('an output that exists is refused, unless by force; the input is never replaced', async () => {
    const taken = file('taken', bytes('mine'))
    expect((await run(PLAIN, '--to', 'rdb', '-o', taken)).code).toBe(2)
    expect(readFileSync(taken, 'utf8')).toBe('mine')
    expect((await run(PLAIN, '--to', 'rdb', '-o', taken, '--force')).code).toBe(0)
    expect((await run(PLAIN, '--to', 'rdb', '-o', PLAIN, '--force')).code).toBe(2)
  })

  test('without a place it asks where to', async () => {
    expect((await run(PLAIN, '--to', 'rdb')).stderr).toMatch(/where to\?/)
  })
})

describe('where it comes from', () => {
  test('stdin and gz give what the file gives', async () => {
    const outputs = [out(), out(), out()]
    const packed = file('plain.rdb.gz', gzipSync(readFileSync(SMALL)))
    await run(SMALL, '--to', 'rdb', '--for', 'redis-7.2', '-o', outputs[0])
    await run(packed, '--to', 'rdb', '--for', 'redis-7.2', '-o', outputs[1])
    const args = ['convert', '-', '--to', 'rdb', '--for', 'redis-7.2', '-o', outputs[2]]
    expect((await respite(args, {input: readFileSync(SMALL)})).code).toBe(0)
    const [plain, gz] = outputs.map((path) => readFileSync(path))
    expect(gz.equals(plain)).toBe(true)
    const digests = await respite(['digest', '--full', ...outputs])
    expect(new Set(digests.stdout.match(/^[0-9a-f]{40}/gm)).size).toBe(1)
  })

  test('from stdin what is missing is found late, and nothing is published either', async () => {
    const output = out()
    const args = ['convert', '-', '--to', 'rdb', '--for', 'redis-2.8', '-o', output]
    const {code, stdout} = await respite(args, {input: readFileSync(SMALL)})
    expect(code).toBe(20)
    expect(stdout).toMatch(/NOT CONVERTED/)
    expect(existsSync(output)).toBe(false)
  })

  test('damage stops it with the place, and leaves nothing behind', async () => {
    const content = readFileSync(SMALL)
    content[content.length - 1] ^= 1
    const input = file('damaged.rdb', content)
    const {code, stdout} = await run(input, '--to', 'rdb', '-o', out('never'))
    expect(code).toBe(1)
    expect(stdout).toMatch(/RDB_CHECKSUM/)
    expect(readdirSync(root).filter((name) => name.includes('never'))).toEqual([])
  })

  test('the AUX field that says it begins a log does not go over; replication goes with changes', async () => {
    const output = out()
    await run(PLAIN, '--to', 'rdb', '-o', output)
    expect(readFileSync(output, 'latin1')).not.toContain('aof-base')
    expect(readFileSync(output, 'latin1')).toContain('redis-ver')
  })
})

test('an interruption leaves no temporary behind', async () => {
  const place = mkdtempSync(join(root, 'interrupted-'))
  const value = 'x'.repeat(1000)
  const keys = Array.from({length: 60_000}, (_, i) => entry(0, `key:${i}`, str(value)))
  const input = file('large.rdb', rdbFile({version: 10, body: bytes(selectDb(0), ...keys)}))
  const output = join(place, 'out.resp')
  const program = join(ROOT, 'bin/run.js')
  const child = spawn(process.execPath, [program, 'convert', input, '--to', 'resp', '-o', output])
  const watcher = watch(place, (_event, name) => {
    if (!name?.includes('.tmp-')) return
    watcher.close()
    child.kill('SIGINT')
  })
  const [code] = await once(child, 'exit')
  expect(code).toBe(130)
  expect(readdirSync(place)).toEqual([])
})
