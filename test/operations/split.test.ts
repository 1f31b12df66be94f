import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import fc from 'fast-check'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {digest} from '../../src/operations/digest.ts'
import {merge} from '../../src/operations/merge.ts'
import {split} from '../../src/operations/split.ts'
import type {SplitOptions} from '../../src/operations/split-options.ts'
import {balanced, evenNodes} from '../../src/operations/split-slots.ts'
import {bytes, counted, entry, expireMs, rdbFile, selectDb, str} from '../support/bytes.ts'
import {budget, figure, SOAK} from '../support/campaign.ts'
import {inlineHost, SeeingSink} from '../support/dataset.ts'
import {aofFixtures, fixture, rdbFixtures} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-split-'))
let host = inlineHost()
afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

let outputs = 0
const out = () => join(folder, `out-${++outputs}`)
const run = (input: string, options: Partial<SplitOptions>) =>
  split(host, [input], {output: out(), ...options})
const full = (path: string) => digest(inlineHost(), [path], {full: true}).digest

function file(...body: Uint8Array[]): string {
  const path = `${out()}.rdb`
  writeFileSync(path, rdbFile({version: 10, body: bytes(...body)}))
  return path
}

function keysOf(path: string): string[] {
  const sink = new SeeingSink()
  openDataset(inlineHost(), path).read(sink)
  return sink.keys()
}

const CLUSTER = fixture('redis-7.0.15/small-cluster').path
const FULL = fixture('redis-7.0.15/full').path

describe('by cluster slot', () => {
  test('each key is in the part of its slot, libraries are in all', async () => {
    const report = await run(CLUSTER, {nodes: 3})
    expect(report.parts.map(({name, slots, keys}) => ({name, slots, keys}))).toEqual([
      {name: 'node-1', slots: [[0, 5460]], keys: 14},
      {name: 'node-2', slots: [[5461, 10922]], keys: 17},
      {name: 'node-3', slots: [[10923, 16383]], keys: 17},
    ])
    const reports = report.parts.map(({file: name}) =>
      digest(inlineHost(), [join(report.output!, name!)], {full: true}),
    )
    expect(reports.map(({functions}) => functions.length)).toEqual([1, 1, 1])
    expect(reports.map((each) => each.digest)).toEqual(report.parts.map((part) => part.digest))
    expect(report.digest).toBe(full(CLUSTER))
  })

  test('the index says what the report says, and is the last file', async () => {
    const report = await run(CLUSTER, {nodes: 2})
    const {schema, parts} = JSON.parse(readFileSync(join(report.output!, 'split.json'), 'utf8'))
    expect(schema).toBe('respite.split-index/1')
    expect(parts).toEqual(report.parts)
    const sizes = report.parts.map((part) => readFileSync(join(report.output!, part.file!)).length)
    expect(sizes).toEqual(report.parts.map((part) => part.bytes))
  })

  test('hash tags keep keys together', async () => {
    const keys = ['{tag}a', '{tag}b', 'x{tag}', '{}tag', 'tag']
    const input = file(selectDb(0), ...keys.map((key) => entry(0, key, str('v'))))
    const report = await run(input, {
      slots: [
        [8338, 8338],
        [0, 8337],
        [8339, 16383],
      ],
    })
    expect(keysOf(join(report.output!, 'node-1.rdb'))).toEqual([
      '0 tag',
      '0 x{tag}',
      '0 {tag}a',
      '0 {tag}b',
    ])
  })

  test('a key in another database is refused, unless the nodes have more than one', async () => {
    await expect(run(FULL, {nodes: 3})).rejects.toMatchObject({
      exit: 20,
      code: 'CLUSTER_DATABASE',
      message: expect.stringContaining('database 1'),
    })
    expect(await run(FULL, {nodes: 3, server: 'valkey-9.0'})).toMatchObject({verdict: 'split'})
    const only = await run(FULL, {nodes: 3, selection: {dbs: [1]}, transform: {renameDb: {1: 0}}})
    expect(only).toMatchObject({verdict: 'split', keys: 4})
  })

  test('a key in a slot that no part has is refused, and nothing is written', async () => {
    const output = out()
    const slots: [number, number][] = [[0, 100]]
    await expect(run(CLUSTER, {slots, output})).rejects.toMatchObject({code: 'SLOT_OF_NOBODY'})
    expect(existsSync(output)).toBe(false)
  })

  test('a nodes.conf names the nodes; one with a slot on its way is refused', async () => {
    const [a, b] = ['a'.repeat(40), 'b'.repeat(40)]
    const conf = join(folder, 'nodes.conf')
    const line = (id: string, port: number, slots: string) =>
      `${id} 127.0.0.1:${port}@1${port} master - 0 0 1 connected ${slots}\n`
    writeFileSync(conf, line(b, 7001, '8000-16383') + line(a, 7000, '0-7999'))
    const report = await run(CLUSTER, {nodesConf: conf})
    expect(report.parts.map(({node}) => node)).toEqual([
      {id: a, address: '127.0.0.1:7000'},
      {id: b, address: '127.0.0.1:7001'},
    ])
    writeFileSync(conf, line(a, 7000, `0-16383 [93->-${b}]`))
    await expect(run(CLUSTER, {nodesConf: conf})).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('slot 93'),
    })
  })

  test.each([
    {plan: '{', why: 'no JSON'},
    {plan: '{"nodes":[]}', why: 'no plan'},
    {nodes: [{slots: [[0, 16384]]}], why: 'pairs of numbers'},
    {nodes: [{name: '../a', slots: [[0, 1]]}], why: 'letters'},
    {
      nodes: [
        {name: 'a', slots: [[0, 9]]},
        {name: 'A', slots: [[10, 11]]},
      ],
      why: 'same name',
    },
    {nodes: [{slots: [[0, 9]]}, {slots: [[9, 11]]}], why: 'slot 9 is given to'},
  ])('a plan is refused: $why', async ({plan, nodes, why}) => {
    const path = join(folder, 'plan.json')
    writeFileSync(path, plan ?? JSON.stringify({schema: 'respite.split-plan/1', nodes}))
    await expect(run(CLUSTER, {plan: path})).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(why),
    })
  })
})

test.each(['databases', 'functions,long-strings'])('--drop %s would do nothing', async (drop) => {
  await expect(run(file(), {nodes: 2, drop: [drop]})).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('does nothing here'),
  })
})

describe('a plan', () => {
  test('gives even nodes the slots that redis-cli gives them', () => {
    expect(evenNodes(3).map(({slots}) => slots[0])).toEqual([
      [0, 5460],
      [5461, 10922],
      [10923, 16383],
    ])
    expect(evenNodes(5).map(({slots}) => slots[0][1])).toEqual([3276, 6553, 9829, 13106, 16383])
  })

  test('balances what slots weigh, no further off than one slot', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 12}),
        fc.array(fc.tuple(fc.integer({min: 0, max: 16383}), fc.integer({min: 1, max: 1e6})), {
          minLength: 1,
          maxLength: 200,
        }),
        (count, weights) => {
          const all = new Float64Array(16384)
          for (const [slot, weight] of weights) all[slot] += weight
          const nodes = balanced(all, count)
          const total = all.reduce((a, b) => a + b)
          const largest = Math.max(...all)
          let next = 0
          let sum = 0
          for (const [
            i,
            {
              slots: [[first, last]],
            },
          ] of nodes.entries()) {
            expect(first).toBe(next)
            expect(last).toBeGreaterThanOrEqual(first)
            next = last + 1
            sum += all.subarray(first, next).reduce((a, b) => a + b, 0)
            // Every end is closer to its share than half of the slot that lies across it, unless nodes need their one slot.
            if (next < 16384 - count) {
              expect(sum - (total * (i + 1)) / count).toBeLessThanOrEqual(largest)
              expect(sum - (total * (i + 1)) / count).toBeGreaterThanOrEqual(-largest)
            }
          }
          expect(nodes).toHaveLength(count)
          expect(next).toBe(16384)
        },
      ),
      {numRuns: 40},
    )
  })

  test('is written to a file that splits as it says', async () => {
    const value = str('v'.repeat(60))
    const keys = Array.from({length: 3000}, (_, i) => entry(0, `{${i % 40}}:${i}`, value))
    const input = file(selectDb(0), ...keys)
    const path = `${out()}.json`
    const planned = await run(input, {nodes: 4, balance: 'bytes', planOnly: true, output: path})
    expect(planned).toMatchObject({verdict: 'planned', keys: 3000, output: path})
    const {nodes} = JSON.parse(readFileSync(path, 'utf8'))
    const report = await run(input, {plan: path})
    expect(report.parts.map((part) => part.keys)).toEqual(
      nodes.map((node: {keys: number}) => node.keys),
    )
    // 40 slots hold 75 keys each.
    expect(report.parts.map((part) => part.keys)).toEqual([750, 750, 750, 750])
    expect(await run(input, {nodes: 4, balance: 'keys'})).toMatchObject({
      parts: [{keys: 750}, {keys: 750}, {keys: 750}, {keys: 750}],
    })
  })
})

describe('by what keys are', () => {
  test('a part for each database, type, prefix or pattern', async () => {
    const names = async (options: Partial<SplitOptions>) =>
      (await run(FULL, options)).parts.map(({name}) => name)
    expect(await names({by: 'db'})).toEqual(['db-0', 'db-1', 'db-2', 'db-9', 'db-15'])
    expect((await names({by: 'type'})).sort()).toEqual(
      ['hash', 'list', 'set', 'stream', 'string', 'zset'].map((type) => `type-${type}`),
    )
    expect(await names({parts: [{name: 'users', glob: 'user:*'}]})).toEqual(['users', 'rest'])
  })

  test('prefixes become names of files that differ, whatever their bytes', async () => {
    const keys = [
      'User:1',
      'user:1',
      '../../x:1',
      ':1',
      `${'y'.repeat(70)}:1`,
      `${'y'.repeat(70)}z:1`,
      'none',
    ]
    const input = file(selectDb(0), ...keys.map((key) => entry(0, key, str('v'))))
    const report = await run(input, {by: 'prefix'})
    expect(report.parts.map(({file: name}) => name)).toEqual([
      'prefix-%55ser.rdb',
      'prefix-user.rdb',
      'prefix-..%2f..%2fx.rdb',
      'prefix-.rdb',
      `prefix-${'y'.repeat(60)}~4.rdb`,
      `prefix-${'y'.repeat(60)}~5.rdb`,
      'rest.rdb',
    ])
    expect(readdirSync(report.output!)).toHaveLength(8)
  })

  test('more parts than are allowed are refused', async () => {
    await expect(run(FULL, {by: 'prefix', maxParts: 3})).rejects.toMatchObject({
      exit: 32,
      code: 'TOO_MANY_PARTS',
    })
  })

  test('the separator may be longer than one letter', async () => {
    const keys = ['a::b:c', 'a:b::c'].map((key) => entry(0, key, str('v')))
    const report = await run(file(selectDb(0), ...keys), {by: 'prefix', separator: '::'})
    expect(report.parts.map(({name}) => name)).toEqual(['prefix-a', 'prefix-a%3ab'])
  })
})

describe('what was split', () => {
  const RULES: Partial<SplitOptions>[] = [
    {nodes: 3, server: 'valkey-9.0'},
    {by: 'db'},
    {by: 'type'},
    {by: 'prefix'},
    {
      parts: [
        {name: 's', glob: 's*'},
        {name: 'e', glob: '*e*'},
      ],
    },
  ]
  /** Scripts as they were called, before 5.0; commands of the vector set module. */
  const ONLY_A_SERVER =
    /^(redis-[234]\..*\/aof-.*|redis-8.*\/aof-(full-rdbbase|small-(multi|raw|ts|ts-aofbase)))$/
  /** An RDB of their version has no place for the counters that a replayed stream has. */
  const UNCOUNTED = /^redis-[56]\..*\/aof-full/
  const inputs = [...rdbFixtures(), ...aofFixtures()].filter(({name, meta}) =>
    SOAK
      ? !ONLY_A_SERVER.test(name)
      : /\/(small|full|aof-small-multi)$/.test(name) && !meta.name.includes('-8.'),
  )

  test.each(inputs)('$name: merged again, it has the same digest', async ({name, path, entry}) => {
    let whole = 0
    for (const rule of SOAK ? RULES : [RULES[0], RULES[1 + (path.length % 4)]]) {
      const report = await run(path, rule)
      if (report.verdict !== 'split') continue
      whole++
      const parts = report.parts.map(({file: name}) => join(report.output!, name!))
      if (parts.length === 0) {
        expect(entry.keys).toBe(0)
        continue
      }
      if (parts.length < 2) parts.push(parts[0])
      const merged = merge(host, parts, {output: out(), onConflict: 'first'})
      const {digest: back} = merged
      expect({rule, back}).toEqual({rule, back: report.digest})
      if (!UNCOUNTED.test(name)) expect(full(merged.output!)).toBe(full(path))
      rmSync(report.output!, {recursive: true})
    }
    expect(whole).toBeGreaterThan(0)
  })

  test('at any slots, any keys: split then merge is the identity (R9)', async () => {
    const key = fc.string({maxLength: 12, unit: fc.constantFrom('a', 'b', '{', '}', ':', '1')})
    let runs = 0
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(key, fc.boolean(), fc.string({maxLength: 30})), {
          selector: ([name]) => name,
          maxLength: 40,
        }),
        fc.uniqueArray(fc.integer({min: 1, max: 16383}), {minLength: 1, maxLength: 6}),
        async (keys, cuts) => {
          host.close()
          host = inlineHost()
          const body = keys.flatMap(([name, expires, value], i) => [
            ...(expires ? [expireMs(4e12 + i)] : []),
            i % 3 === 0
              ? entry(1, name, counted([str(value), str('x')]))
              : entry(0, name, str(value)),
          ])
          const input = file(...(keys.length > 0 ? [selectDb(0)] : []), ...body)
          const firsts = [0, ...cuts.sort((a, b) => a - b)]
          const slots = firsts.map((first, i): [number, number] => [
            first,
            (firsts[i + 1] ?? 16384) - 1,
          ])
          const {parts, output} = await run(input, {slots})
          const paths = parts.map((part) => join(output!, part.file!))
          const merged = merge(host, paths, {output: out()})
          expect(merged.verdict).toBe('merged')
          expect(full(merged.output!)).toBe(full(input))
          runs++
        },
      ),
      {numRuns: budget(25, 1000)},
    )
    figure('R9', `split then merge: ${runs} datasets, all the same digest`)
  })

  test('as commands or for an older server, it is proved likewise', async () => {
    const resp = await run(CLUSTER, {nodes: 3, to: 'resp'})
    expect(resp).toMatchObject({verdict: 'split', digest: full(CLUSTER)})
    expect(readdirSync(resp.output!)).toEqual([
      'node-1.resp',
      'node-2.resp',
      'node-3.resp',
      'split.json',
    ])
    const older = await run(CLUSTER, {nodes: 2, server: 'redis-6.2', drop: ['functions']})
    expect(older.missing.map(({feature}) => feature)).toContain('functions')
    const libraries = older.parts.map(
      ({file: name}) => digest(inlineHost(), [join(older.output!, name!)], {full: true}).functions,
    )
    expect(libraries).toEqual([[], []])
  })

  test('what the target cannot hold is refused, and nothing is written', async () => {
    const output = out()
    const report = await run(CLUSTER, {nodes: 2, server: 'redis-6.2', output})
    expect(report).toMatchObject({
      verdict: 'refused',
      next: expect.stringContaining('--drop functions'),
    })
    expect(existsSync(output)).toBe(false)
  })

  test('damage is told with its offset, and nothing is written', async () => {
    const content = readFileSync(CLUSTER)
    content[content.length - 1] ^= 1
    const input = `${out()}.rdb`
    const output = out()
    writeFileSync(input, content)
    expect(await run(input, {nodes: 3, output})).toMatchObject({
      verdict: 'unreadable',
      stoppedAt: {code: 'RDB_CHECKSUM', offset: content.length - 8},
    })
    const cut = `${out()}.rdb`
    writeFileSync(cut, content.subarray(0, 900))
    expect(await run(cut, {nodes: 3, output})).toMatchObject({
      verdict: 'unreadable',
      stoppedAt: {code: 'TRUNCATED'},
    })
    expect(readdirSync(folder).filter((name) => name.includes('.tmp-'))).toEqual([])
    expect(existsSync(output)).toBe(false)
  })
})

describe('the directory', () => {
  test('with anything in it is refused before anything is read', async () => {
    const output = out()
    mkdirSync(output)
    writeFileSync(join(output, 'mine'), '')
    await expect(run('no-such-input', {nodes: 3, output})).rejects.toMatchObject({
      exit: 2,
      code: 'OUTPUT_EXISTS',
    })
    expect(readdirSync(output)).toEqual(['mine'])
  })

  test('of an earlier split is replaced by force: its other parts go, what is not of it stays', async () => {
    const output = out()
    await run(CLUSTER, {nodes: 4, output})
    writeFileSync(join(output, 'mine'), 'x')
    const report = await run(CLUSTER, {nodes: 2, output, force: true})
    expect(report.verdict).toBe('split')
    expect(readdirSync(output).sort()).toEqual(['mine', 'node-1.rdb', 'node-2.rdb', 'split.json'])
  })
})
