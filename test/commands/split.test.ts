/** `respite split` and `respite merge` as users run them. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {bytes, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture, ROOT} from '../support/fixtures.ts'

const root = mkdtempSync(join(tmpdir(), 'respite-split-cli-'))
afterAll(() => rmSync(root, {recursive: true}))

const CLUSTER = fixture('redis-7.0.15/small-cluster').path
let outputs = 0
const out = () => join(root, `out-${++outputs}`)

async function run(...args: string[]) {
  const {code, stdout, stderr} = await respite(args)
  return {code, stdout, stderr}
}

describe('split', () => {
  test('says what is in each part, and that it was proved', async () => {
    const output = out()
    const {code, stdout} = await run('split', CLUSTER, '--nodes', '3', '-o', output)
    expect(code).toBe(0)
    expect(stdout).toContain('split into 3 parts, 48 keys')
    expect(stdout).toMatch(/node-2\.rdb\s+17\s+1\.5 KiB\s+5461-10922/)
    expect(stdout).toContain('full digest 246504bab6b0b267f27acc9505b3726660b6fcd2')
    const full = await run('digest', '--full', CLUSTER)
    expect(full.stdout).toContain('246504bab6b0b267f27acc9505b3726660b6fcd2')
    const again = await run('split', CLUSTER, '--nodes', '3', '-o', output)
    expect(again).toMatchObject({code: 2, stderr: expect.stringContaining('not empty')})
    const quiet = await run('split', CLUSTER, '--nodes', '3', '-o', output, '--force', '-q')
    expect(quiet).toEqual({code: 0, stdout: '', stderr: ''})
  })

  test('--json prints one document; --dry-run writes nothing', async () => {
    const output = out()
    const args = ['split', CLUSTER, '--by', 'type', '-o', output, '--json', '--dry-run']
    const report = JSON.parse((await run(...args)).stdout)
    expect(report).toMatchObject({
      ...{schema: 'respite.split/1', ok: true, exit: 0, by: 'type', verdict: 'planned'},
      ...{dryRun: true, output: null, keys: 48, functions: 1},
    })
    expect(existsSync(output)).toBe(false)
  })

  test('--restore proves streams whose counters the target does not know', async () => {
    const {path} = fixture('redis-7.0.15/small')
    const how = ['--to', 'resp', '--restore', '--for', 'redis-6.2', '--drop', 'functions']
    const {code, stderr} = await respite(['split', path, '--by', 'type', ...how, '-o', out()])
    expect({code, stderr}).toEqual({code: 3, stderr: ''})
  })

  test('reads an RDB from stdin', async () => {
    const output = out()
    const args = ['split', '-', '--part', 'k=k:*', '-o', output, '--json']
    const {stdout, code} = await respite(args, {input: readFileSync(CLUSTER)})
    expect(code).toBe(0)
    const {parts, keys} = JSON.parse(stdout)
    expect(keys).toBe(48)
    expect(parts.map(({name}: {name: string}) => name)).toEqual(['k', 'rest'])
    expect(readdirSync(output)).toEqual(['k.rdb', 'rest.rdb', 'split.json'])
  })

  test('--plan-only prints ranges, and --plan takes them', async () => {
    const plan = join(root, 'plan.json')
    const args = ['--nodes', '2', '--balance', 'keys', '--plan-only', '-o', plan]
    const {stdout, code} = await run('split', CLUSTER, ...args)
    expect(code).toBe(0)
    expect(stdout).toMatch(/planned, 48 keys/)
    expect(await run('split', CLUSTER, '--plan', plan, '-o', out(), '-q')).toMatchObject({code: 0})
    expect(await run('split', CLUSTER, ...args)).toMatchObject({code: 2})
  })

  test.each([
    {args: ['--nodes', '3'], says: 'where to?'},
    {args: ['-o', 'x'], says: 'how to split?'},
    {args: ['--nodes', '3', '--by', 'db', '-o', 'x'], says: 'how to split?'},
    {args: ['--nodes', '0', '-o', 'x'], says: '--nodes takes 1 to 256'},
    {args: ['--nodes', '3', '-o', '-'], says: 'path of a directory'},
    {args: ['--slots', '0-99999', '-o', 'x'], says: 'no list of slots'},
    {args: ['--slots', '0-9,9-10', '-o', 'x'], says: 'slot 9 is given to node-1 and to node-2'},
    {args: ['--part', '=a*', '-o', 'x'], says: 'no part'},
    {args: ['--part', 'rest=a*', '-o', 'x'], says: 'rest cannot name a part'},
    {args: ['--by', 'db', '--separator', ':', '-o', 'x'], says: 'go with --by prefix'},
    {args: ['--by', 'db', '--plan-only'], says: '--plan-only goes with'},
  ])('is told what is wrong: $says', async ({args, says}) => {
    const {code, stderr} = await run('split', CLUSTER, ...args)
    expect({code, stderr}).toEqual({code: 2, stderr: expect.stringContaining(says)})
  })

  test.each([
    {name: 'an empty file', content: new Uint8Array(0), code: 1, says: 'zero bytes'},
    {name: 'a text', content: bytes('hello, world'), code: 1, says: 'neither RDB nor AOF'},
    {
      name: 'a cut RDB',
      content: readFileSync(CLUSTER).subarray(0, 700),
      code: 1,
      says: 'respite salvage',
    },
  ])('of $name is told so, and writes nothing', async ({content, code, says}) => {
    const [input, output] = [out(), out()]
    writeFileSync(input, content)
    const result = await run('split', input, '--nodes', '3', '-o', output)
    expect(result).toMatchObject({code, stdout: expect.stringContaining(says)})
    expect(existsSync(output)).toBe(false)
  })

  test('an interruption leaves nothing behind', async () => {
    const place = mkdtempSync(join(root, 'interrupted-'))
    const value = 'x'.repeat(1000)
    const keys = Array.from({length: 60_000}, (_, i) => entry(0, `key:${i}`, str(value)))
    const input = join(root, 'large.rdb')
    writeFileSync(
      input,
      rdbFile({version: 10, body: bytes(selectDb(0), ...keys), checksum: 'zero'}),
    )
    const args = ['split', input, '--nodes', '3', '-o', join(place, 'parts')]
    const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args])
    const watcher = watch(place, (_event, name) => {
      if (!name?.includes('.tmp-')) return
      watcher.close()
      child.kill('SIGTERM')
    })
    const [code] = await once(child, 'exit')
    expect(code).toBe(143)
    expect(readdirSync(place)).toEqual([])
  })
})

describe('merge', () => {
  const file = (name: string, key: string, value: string) => {
    const path = join(root, name)
    writeFileSync(path, rdbFile({version: 10, body: bytes(selectDb(0), entry(0, key, str(value)))}))
    return path
  }
  const [a, b, c] = [file('a.rdb', 'k', '1'), file('b.rdb', 'k', '2'), file('c.rdb', 'z', '3')]

  test('lists what is in several inputs and ends with 1; with a rule it ends with 3', async () => {
    const output = out()
    const failed = await run('merge', a, b, '-o', output)
    expect(failed.code).toBe(1)
    expect(failed.stdout).toContain('NOT MERGED: inputs have the same keys')
    expect(failed.stdout).toContain('0 "k"')
    expect(existsSync(output)).toBe(false)
    const {code, stdout} = await run('merge', a, b, '--on-conflict', 'last', '-o', output)
    expect(code).toBe(3)
    expect(stdout).toMatch(new RegExp(`0 "k"\\s+${a}, ${b}\\s+${b}`))
  })

  test('without any it ends with 0; --json says what was read and written', async () => {
    const output = out()
    const {code, stdout} = await run('merge', a, c, '-o', output, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ...{schema: 'respite.merge/1', ok: true, verdict: 'merged', keys: 2, files: [output]},
      inputs: [
        {input: a, keys: 1, lost: 0},
        {input: c, keys: 1, lost: 0},
      ],
      digest: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
  })

  test('data alone goes to stdout', async () => {
    const {code, stdout, stderr} = await run('merge', a, c, '--to', 'resp', '-o', '-')
    expect(code).toBe(0)
    expect(stdout).toContain('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n')
    expect(stderr).toContain('merged, 2 keys')
  })

  test('a database of one input is named with it', async () => {
    const args = ['merge', a, b, '--rename-db', `${b}:0=1`, '-o', out(), '--json']
    expect(JSON.parse((await run(...args)).stdout).databases).toMatchObject({
      0: {keys: 1},
      1: {keys: 1},
    })
  })

  test.each([
    {args: [a], says: 'two inputs or more'},
    {args: [a, '-'], says: 'read more than once'},
    {args: [a, b, '--rename-db', '0'], says: 'no pair of databases'},
    {args: [a, b, '--rename-db', 'other.rdb:0=1'], says: 'none of the inputs'},
    {args: [a, c, '--force'], output: c, says: 'one of the inputs'},
  ])('is told what is wrong: $says', async ({args, output = out(), says}) => {
    const {code, stderr} = await run('merge', ...args, '-o', output)
    expect({code, stderr}).toEqual({code: 2, stderr: expect.stringContaining(says)})
  })
})
