/** Streams that a kernel writes anew are, byte for byte, what the writers in TypeScript make of them; and odd ones are left to those. */
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {RespiteError} from '../../src/errors.ts'
import {readEntries} from '../../src/formats/rdb/read-entries.ts'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import {bytes, entry, i64le, lzfRun, lzfStr, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {randomSeed} from '../support/random.ts'
import {openReader} from '../support/read-rdb.ts'
import {
  DELETED,
  type Group,
  listpack,
  node,
  type Stream,
  streamOf,
} from '../support/stream-bytes.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-stream-runs-'))
let host = inlineHost()

afterAll(() => {
  host.close()
  rmSync(folder, {recursive: true})
})

const PLAIN: Stream = {
  nodes: [
    node([10, 0], [0], [1], [2, DELETED], [5]),
    node([11, 2n ** 40n], [0], [3]),
    node([2n ** 50n, 0], [0]),
  ],
  length: 6,
  last: [2n ** 50n, 7],
  first: [10, 0],
  maxDeleted: [10, 2],
  added: 9,
  groups: [
    {
      ...{name: str('workers'), last: [10, 5], read: 4},
      pending: [
        [[10, 0], 1_700_000_000_000, 1],
        [[10, 1], 1_700_000_000_001, 70_000],
        [[10, 5], 0, 2n ** 33n],
      ],
      consumers: [
        {name: str('one'), owned: [[10, 0]]},
        {name: bytes([0xc0, 7]), owned: []},
        {
          name: lzfStr(lzfRun(0x61, 40), 40),
          owned: [
            [10, 5],
            [10, 1],
          ],
        },
      ],
    },
    {...{name: str('first'), last: [10, 0], read: 1, pending: [], consumers: []}},
    {...{name: str('none'), last: [0, 0], read: -1, pending: [], consumers: []}},
    {
      ...{name: str('all'), last: [2n ** 50n, 7], read: 9},
      pending: [[[10, 0], 5, 1]],
      consumers: [{name: str('one'), owned: [[10, 0]]}],
    },
  ],
}
const [WORKERS, ...OTHERS] = PLAIN.groups
const withGroup = (change: Partial<Group>): Stream => ({
  ...PLAIN,
  groups: [{...WORKERS, ...change}, ...OTHERS],
})
const many = (count: number) => Array.from({length: count}, (_, i) => i)

const STREAMS: Record<string, Stream> = {
  'an everyday one': PLAIN,
  'no groups': {...PLAIN, groups: []},
  'a node whose entries all went': {
    ...PLAIN,
    nodes: [...PLAIN.nodes, node([2n ** 50n, 3], [0, DELETED])],
  },
  'a node that miscounts': {
    ...PLAIN,
    nodes: [{id: [10, 0], content: listpack(2, 0, 1, 'f', 0, 3, 0, 0, 'v', 4, 2, 0, 1, 'w', 4)}],
    ...({length: 1, first: [10, 1], groups: []} as const),
  },
  'an id near the end of all numbers': {
    ...PLAIN,
    ...({nodes: [node([2n ** 64n - 1n, 1], [0])], length: 1, groups: []} as const),
    ...({first: [2n ** 64n - 1n, 1], last: [2n ** 64n - 1n, 2n ** 64n - 1n]} as const),
  },
  'no entries': {...PLAIN, nodes: [], length: 0, first: [0, 0], groups: []},
  'a long name': withGroup({name: str('n'.repeat(300))}),
  'more read than added': withGroup({read: 10}),
  'many groups': {...PLAIN, groups: many(70).map((i) => ({...OTHERS[0], name: str(`g${i}`)}))},
  'many consumers': withGroup({
    pending: [],
    consumers: many(70).map((i) => ({name: str(`c${i}`), owned: []})),
  }),
  'a pending entry that was deleted': withGroup({
    pending: [[[10, 2], 5, 1]],
    consumers: [{name: str('one'), owned: [[10, 2]]}],
  }),
}
/** Of these a server makes something else, or says nothing: some end in a proof that fails. */
const ODD: Record<string, Stream> = {
  'a count that is not right': {...PLAIN, length: 7},
  'a last id below that of an entry': {...PLAIN, last: [11, 0]},
  'a first id of no entry': {...PLAIN, first: [9, 0]},
  'a deleted id above the last one': {...PLAIN, maxDeleted: [2n ** 50n, 8]},
  'fewer added than there are': {...PLAIN, added: 3},
  'more added than a signed number holds': {...PLAIN, added: 2n ** 63n},
  'nodes out of order': {...PLAIN, nodes: [PLAIN.nodes[1], PLAIN.nodes[0], PLAIN.nodes[2]]},
  'a node of many entries': {
    ...PLAIN,
    nodes: [node([10, 0], ...many(900).map((i) => [i] as const))],
    length: 900,
  },
  'a number of entries read that none is': withGroup({read: -2}),
  'a delivery before 1970': withGroup({
    pending: [[[10, 0], -5, 1]],
    consumers: [{name: str('one'), owned: [[10, 0]]}],
  }),
  'more deliveries than a signed number holds': withGroup({
    pending: [[[10, 0], 5, 2n ** 63n]],
    consumers: [{name: str('one'), owned: [[10, 0]]}],
  }),
}
/** What the reader refuses. */
const BROKEN: Record<string, Stream> = {
  'groups of one name': {...PLAIN, groups: [OTHERS[0], OTHERS[0]]},
  'consumers of one name': withGroup({
    pending: [],
    consumers: [1, 2].map(() => ({name: str('one'), owned: []})),
  }),
  'a pending entry of nobody': withGroup({consumers: []}),
  'a pending entry with two owners': withGroup({
    consumers: [...WORKERS.consumers, {name: str('two'), owned: [[10, 0]]}],
  }),
  'an entry that is not pending': withGroup({
    consumers: [...WORKERS.consumers, {name: str('two'), owned: [[11, 2n ** 40n]]}],
  }),
  'an entry that is pending in another group only': {
    ...PLAIN,
    groups: [WORKERS, {...OTHERS[0], consumers: [{name: str('one'), owned: [[10, 0]]}]}],
  },
  'a pending entry that is there twice': withGroup({
    pending: [...WORKERS.pending, WORKERS.pending[0]],
  }),
}

const TARGETS: Partial<ConvertOptions>[] = [
  {to: 'resp'},
  {to: 'resp', server: 'redis-6.2'},
  {server: 'redis-7.2'},
  {server: 'redis-7.0'},
  {server: 'redis-6.2'},
  {to: 'resp', restore: true, server: 'redis-7.2'},
  {to: 'resp', restore: true, server: 'redis-7.0'},
]
const TYPES = [15, 19, 21]

let files = 0

/** A proof that fails is a verdict here. */
async function attempt(input: string, options: ConvertOptions) {
  try {
    return await convert(host, [input], options)
  } catch (error) {
    if (!(error instanceof RespiteError) || error.code !== 'UNLIKE') throw error
    const [, verdict] = error.message.split('what was written is not what was read: ')
    return {verdict, proof: null, missing: []}
  }
}

async function outputOf(input: string, options: Partial<ConvertOptions>) {
  const output = join(folder, `out-${++files}`)
  const shared = {to: 'rdb', drop: ['stream-deleted-pending'], output} as const
  const {verdict, proof, missing} = await attempt(input, {...shared, ...options})
  const content = existsSync(output) ? readFileSync(output).toString('latin1') : null
  rmSync(output, {force: true})
  return {verdict, proof, missing, content}
}

/** A pattern that all keys match makes every one of them come by itself. Returns the verdict. */
async function compare(body: Uint8Array, options: Partial<ConvertOptions>): Promise<string> {
  host.close()
  host = inlineHost()
  const input = join(folder, `in-${++files}.rdb`)
  writeFileSync(input, rdbFile({version: 11, body: bytes(selectDb(0), body)}))
  const inRuns = await outputOf(input, options)
  const oneByOne = await outputOf(input, {...options, selection: {match: ['*']}})
  expect(inRuns).toEqual(oneByOne)
  rmSync(input)
  return inRuns.verdict
}

const bodyOf = (streams: Record<string, Stream>, type: number) =>
  bytes(
    ...Object.entries(streams).map(([name, each]) => entry(type, name, streamOf(type, each))),
    entry(0, 'last', str('v')),
  )

test.each(TARGETS.flatMap((options) => TYPES.map((type) => ({type, options}))))(
  'streams of type $type for $options',
  async ({type, options}) => {
    expect(await compare(bodyOf(STREAMS, type), options)).toBe('converted')
    const expiring = bytes([0xfc], i64le(2n ** 42n), entry(type, 'e', streamOf(type, PLAIN)))
    expect(await compare(expiring, options)).toBe('converted')
  },
)

test.each(TYPES)('a kernel takes everyday ones of type %i', (type) => {
  const body = bytes(selectDb(0), entry(type, 'good', streamOf(type, PLAIN)))
  const odd = entry(type, 'odd', streamOf(type, BROKEN['a pending entry of nobody']))
  const read = (file: Uint8Array) => {
    const r = openReader(rdbFile({version: 11, body: file}), {deep: false})
    let taken = 0
    let left = 0
    readEntries(r, {
      library() {},
      entry(each) {
        left++
        each.skipValue()
      },
      runs: {
        types: 0xffffffff,
        attributes: true,
        write() {},
        done: (_, {entries}) => (taken += entries),
      },
    })
    return {taken, left}
  }
  expect(read(body)).toEqual({taken: 1, left: 0})
  expect(read(bytes(body, odd))).toEqual({taken: 1, left: 1})
})

test.each(Object.keys(ODD))('%s: the same from both', async (name) => {
  for (const type of TYPES) {
    for (const options of TARGETS) await compare(bodyOf({[name]: ODD[name]}, type), options)
  }
})

test.each(Object.keys(BROKEN))('%s is not taken for sound', async (name) => {
  const stream = BROKEN[name]
  const body = bytes(bodyOf({good: PLAIN}, 19), entry(19, 'broken', streamOf(19, stream)))
  for (const options of TARGETS) {
    const verdict = await compare(body, options)
    if (options.server !== 'redis-7.2' && options.server !== 'redis-7.0') {
      expect(verdict).toBe('unreadable')
    }
  }
})

test('bytes of a stream that are others', async () => {
  const random = randomSeed('stream runs')
  const verdicts = new Map<string, number>()
  for (let i = 0; i < 400; i++) {
    const type = random.pick(TYPES)
    const good = streamOf(type, PLAIN)
    const value = Buffer.from(good)
    for (let left = 1 + random.int(2); left > 0; left--) {
      value[random.int(value.length)] = random.pick([0, 1, 2, 0x7f, 0x81, 0xff, random.int(256)])
    }
    const body = bytes(entry(type, 'mutant', value), entry(0, 'last', str('v')))
    const verdict = await compare(body, random.pick(TARGETS))
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  }
  expect(verdicts.get('converted')).toBeGreaterThan(20)
  expect(verdicts.get('unreadable')).toBeGreaterThan(20)
})
