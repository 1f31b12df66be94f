/** Lines that a kernel reads back, in one part or two, are those that the reader in TypeScript reads; what either refuses both refuse. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {DigestSink} from '../../src/engine/digest/digest-sink.ts'
import {QuickDigest} from '../../src/engine/digest/quick-digest.ts'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {JsonlReader} from '../../src/formats/json/jsonl-reader.ts'
import {readJsonlEntries} from '../../src/formats/json/read-jsonl-entries.ts'
import {REG_COUNT, REGISTERS} from '../../src/formats/kernel/layout.ts'
import type {Host} from '../../src/io/host.ts'
import {convert} from '../../src/operations/convert.ts'
import {partRead, refusing} from '../../src/operations/convert-proof.ts'
import {readBackLines} from '../../src/operations/convert-proof-parts.ts'
import {digestSource} from '../../src/operations/digest-source.ts'
import {type LinesRead, linesPart} from '../../src/operations/lines-part.ts'
import {bytes, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {fixture} from '../support/fixtures.ts'
import {type Random, randomSeed} from '../support/random.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-lines-'))
afterAll(() => rmSync(folder, {recursive: true}))

const END = Number.POSITIVE_INFINITY
const HEAD = '{"schema":"respite.jsonl/1","dialect":"redis","rdbVersion":10}\n'
const FIRST =
  '{"aux":["redis-ver","7.0.15"]}\n{"aux":["ctime","1700000000"]}\n{"function":"#!lua"}\n'

const whole = (lines: readonly string[]): string =>
  `${HEAD}${FIRST}${lines.join('\n')}\n{"end":{"keys":${lines.length}}}\n`

function saved(text: string | Uint8Array): string {
  const path = join(folder, 'lines.jsonl')
  writeFileSync(path, text)
  return path
}

function fast(path: string, slot: number): LinesRead {
  const host = inlineHost(slot)
  const read = linesPart(host, [path], {from: 0, until: END})
  host.close()
  return read
}

/** Without the kernel. */
function slow(path: string): LinesRead {
  const host = inlineHost()
  const c = new Cursor(host.kernel).open(host.open(path, {crc: false}))
  const reader = new JsonlReader(c, true)
  const digest = new QuickDigest(c)
  let entries = 0
  const sink = new DigestSink(digest, () => void entries++)
  const read = partRead(() => {
    refusing(path, () => readJsonlEntries(reader, sink))
    return {entries, totals: digest.totals()}
  })
  host.close()
  return {...read, keys: read.unlike === null ? reader.keys : null}
}

/** How many lines the kernel took. */
function taken(path: string): number {
  const host = inlineHost()
  let lines = 0
  const {linesDigest} = host.kernel
  const kernel = {
    ...host.kernel,
    linesDigest(...args: Parameters<typeof linesDigest>) {
      const next = linesDigest(...args)
      lines += new DataView(kernel.memory.buffer).getUint32(REGISTERS + REG_COUNT, true)
      return next
    },
  }
  linesPart({...host, kernel}, [path], {from: 0, until: END})
  host.close()
  return lines
}

const TEXTS = [
  ...['', 'a', '0', '-0', '17', 'member', 'sixteen letters.', 'seventeen letters'],
  ...[
    '"',
    '\\',
    '\\"',
    '\n\t\b\f\r',
    '\u0000\u001f\u007f',
    '/',
    'é',
    'é'.repeat(20),
    '😀',
    '\u2028',
  ],
  ...[
    '{"db":0,"key":"k"}',
    'x'.repeat(31),
    `${'x'.repeat(40)}"${'y'.repeat(40)}`,
    `${'z'.repeat(15)}ß`,
  ],
]
const BLOBS = ['', 'gA==', 'gIE=', 'gIGC', `${'gIGC'.repeat(20)}/w==`]
const SCORES = [
  '0',
  '1',
  '-1',
  '0.5',
  '1700860902',
  '-12.25',
  '1e300',
  '"inf"',
  '"-inf"',
  '-0',
  '0.0',
]

const text = (random: Random): string =>
  random.int(8) === 0 ? `{"base64":"${random.pick(BLOBS)}"}` : JSON.stringify(random.pick(TEXTS))

/** Different ones, but now and then. */
function texts(random: Random): string[] {
  const all = Array.from({length: 1 + random.int(random.int(10) === 0 ? 200 : 12)}, (_, i) =>
    random.int(3) === 0 ? text(random) : `"${random.pick(['field', 'é', '\\n'])}${i}"`,
  )
  return random.int(20) === 0 ? all : [...new Set(all)]
}

const IDS = [
  ...['1-0', '1-1', '2-0', '5-1844674407370955161', '1700000000000-0', '9999999999999999999-007'],
]
/** With more digits than a kernel reads. */
const LARGE_IDS = IDS.with(3, '5-18446744073709551615')
const NO_FLAW = 7

/** With a flaw now and then, or with what only looks like one. */
function group(random: Random, i: number): string {
  const flaw = random.int(4 * NO_FLAW)
  const ids = IDS.slice(0, random.int(IDS.length))
  const times = flaw === 0 ? '-5,1' : `1700000000000,${random.int(100)}`
  const listed = flaw === 1 ? ids.toReversed() : flaw === 2 ? [...ids, ...ids.slice(-1)] : ids
  const half = random.int(ids.length + 1)
  const others = ids.slice(flaw === 3 ? 0 : half)
  // One that two have, so that another one has none.
  if (flaw === 4 && half > 0 && others.length > 0) others[0] = ids[0]
  const consumers = [ids.slice(0, half), others].map((each, k) => {
    const name = JSON.stringify(flaw === 5 ? 'twice' : `${random.pick(TEXTS)}${k}`)
    const active = random.pick(['-1', '1700000000000'])
    const own = each.map((id) => `"${id}"`).join()
    return `{"name":${name},"seenAtMs":0,"activeAtMs":${active},"pending":[${own}]}`
  })
  if (flaw === 6) consumers.pop()
  const name = JSON.stringify(random.int(12) === 0 ? 'twice' : `${random.pick(TEXTS)}${i}`)
  const read = random.pick(['null', '0', '17'])
  const facts = `"name":${name},"lastId":"${random.pick(IDS)}","entriesRead":${read}`
  const pending = listed.map((id) => `["${id}",${times}]`).join()
  const none = ids.length === 0 && random.int(2) === 0
  const parts = none ? '' : `,"consumers":[${consumers.join()}]`
  return `{${facts},"pending":[${pending}]${parts}}`
}

/** Its ids fall now and then; it may be empty. */
function stream(random: Random): string {
  const all = random.int(20) === 0 ? LARGE_IDS : IDS
  const ids = random.int(20) === 0 ? [random.pick(IDS), random.pick(IDS)] : all
  const entries = ids.slice(0, random.int(20) === 0 ? 0 : 6).map((id) => {
    const fields = Array.from({length: random.int(4)}, () => `,${text(random)},${text(random)}`)
    return `["${id}"${fields.join('')}]`
  })
  const [lastId, firstId, maxDeletedId] = [0, 0, 0].map(() => random.pick(IDS))
  const added = random.pick(
    random.int(40) === 0 ? ['00'] : ['0', '17', '17', '"18446744073709551615"'],
  )
  const meta = `"lastId":"${lastId}","firstId":"${firstId}","maxDeletedId":"${maxDeletedId}"`
  const list = Array.from({length: random.int(4)}, (_, i) => group(random, i))
  const groups = list.length > 0 ? `,"groups":[${list.join()}]` : ''
  return `{"entries":[${entries.join()}],${meta},"entriesAdded":${added}${groups}}`
}

const VALUES: Readonly<Record<string, (random: Random) => string>> = {
  string: text,
  list: (random) => texts(random).join(),
  set: (random) => texts(random).join(),
  zset: (random) =>
    texts(random)
      .map((member) => `[${member},${random.int(300) === 0 ? '00' : random.pick(SCORES)}]`)
      .join(),
  hash: (random) =>
    texts(random)
      .map((field) => `[${field},${text(random)}${random.int(6) === 0 ? ',4102444800123' : ''}]`)
      .join(),
  stream,
}

function line(random: Random): string {
  const type = random.pick(Object.keys(VALUES))
  const value = VALUES[type](random)
  const attributes = [
    ...(random.int(4) === 0
      ? [
          `"expiresAtMs":${random.int(30) === 0 ? '007' : random.pick(['0', '4102444800123', '-5'])}`,
        ]
      : []),
    ...(random.int(4) === 0 ? [`"idleSeconds":${random.int(100000)}`] : []),
    ...(random.int(4) === 0 ? [`"freq":${random.int(258)}`] : []),
    `"type":"${type}"`,
    ...(random.int(2) === 0 ? ['"encoding":"listpack"'] : []),
  ]
  const isList = type !== 'string' && type !== 'stream'
  const key = `{"db":${random.pick([0, 3, 2147483647])},"key":${text(random)}`
  return `${key},${attributes.join()},"value":${isList ? `[${value}]` : value}}`
}

const PARTS = [',', ':', '"', '\\', '[', ']', '{', '}', '0', '-', 'e', ' ', '\n', '\\u00e9', 'null']

function changed(content: Uint8Array, random: Random): Uint8Array {
  const at = HEAD.length + random.int(content.length - HEAD.length)
  const rest = content.subarray(at)
  const what = random.int(4)
  if (what === 0) return Buffer.concat([content.subarray(0, at), rest.subarray(1 + random.int(3))])
  if (what === 1) {
    return Buffer.concat([content.subarray(0, at), Buffer.from(random.pick(PARTS)), rest])
  }
  const flipped = Buffer.from(content)
  flipped[at] ^= what === 2 ? 1 << random.int(8) : 1 + random.int(255)
  return flipped
}

test('random lines, and mutants of them, in windows of any size', () => {
  const random = randomSeed('lines')
  let refused = 0
  for (let run = 0; run < 400; run++) {
    const lines = Array.from({length: 1 + random.int(12)}, () => line(random))
    let content: Uint8Array = Buffer.from(whole(lines))
    if (run % 4 > 0) content = changed(content, random)
    const path = saved(content)
    const expected = slow(path)
    if (expected.unlike !== null) refused++
    for (const slot of [64, 0x1000, 0x100000]) expect(fast(path, slot)).toEqual(expected)
  }
  expect(refused).toBeGreaterThan(50)
  expect(refused).toBeLessThan(390)
})

test('what is everyday is for the kernel', () => {
  const plain = [
    '{"db":0,"key":"k","expiresAtMs":1,"idleSeconds":2,"freq":3,"type":"string","value":"a\\"é"}',
    '{"db":0,"key":{"base64":"gA=="},"type":"list","encoding":"quicklist","value":["a","a"]}',
    '{"db":1,"key":"","type":"set","encoding":"intset","value":["1","2"]}',
    '{"db":1,"key":"z","type":"zset","value":[["a",-0.5],["b",0]]}',
    '{"db":1,"key":"s","type":"stream","value":{"entries":[["1-0","a","b"],["1-1"]],"lastId":"2-0","firstId":"1-0","maxDeletedId":"0-0","entriesAdded":3,"groups":[{"name":"g","lastId":"1-1","entriesRead":null,"pending":[["1-0",5,1]],"consumers":[{"name":"c","seenAtMs":1,"activeAtMs":-1,"pending":["1-0"]}]},{"name":"h","lastId":"0-0","entriesRead":0,"pending":[]}]}}',
    '{"db":1,"key":"h","type":"hash","value":[["a","b"],["c",{"base64":"gA=="},5]]}',
  ]
  expect(taken(saved(whole(plain)))).toBe(plain.length)
})

test('values that are larger than the room for them', () => {
  const many = Array.from({length: 40_000}, (_, i) => `"member ${i}"`)
  const key = (name: string, type: string, value: string) =>
    `{"db":0,"key":"${name}","type":"${type}","value":${value}}`
  const lines = [
    key('long', 'string', `"${'x'.repeat(3_000_000)}"`),
    key('escaped', 'string', `"${'\\n'.repeat(400_000)}"`),
    key('parts', 'string', `{"parts":["${'x'.repeat(1_200_000)}","y"]}`),
    key('blob', 'string', `{"base64":"${'gIGC'.repeat(200_000)}"}`),
    key('set', 'set', `[${many.join()}]`),
    key('list', 'list', `[${many.join()}]`),
    key('hash', 'hash', `[${many.slice(0, 9000).map((each) => `[${each},"v"]`)}]`),
    key('last', 'string', '"v"'),
  ]
  const path = saved(whole(lines))
  const expected = slow(path)
  expect(expected).toMatchObject({unlike: null, entries: 8, keys: 8})
  for (const slot of [0x1000, 0x10000, 0x100000]) expect(fast(path, slot)).toEqual(expected)
  const twice = [...many, '"member 39999"']
  const other = saved(whole([...lines.slice(0, 4), key('set', 'set', `[${twice.join()}]`)]))
  expect(slow(other).unlike).toMatch(/twice/)
  expect(fast(other, 0x10000)).toEqual(slow(other))
})

/** A second thread that works when it is waited for. */
function twoThreads(slot?: number): Host & {started: string[]} {
  const host = Object.assign(inlineHost(slot), {
    started: [] as string[],
    beside: {
      threads: 2,
      start<Report>(operation: string, inputs: readonly string[], options: unknown) {
        host.started.push(operation)
        const task = structuredClone(options) as never
        const run = {'lines-part': linesPart, 'digest-source': digestSource}[operation]!
        return (): Report => {
          const other = inlineHost(slot)
          const report = run(other, inputs, task)
          other.close()
          return report as Report
        }
      },
    },
  })
  return host
}

const SHARES = [0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97]

test.each(['redis-7.0.15/small', 'redis-7.4.1/small', 'redis-2.8.24/small'])(
  '%s: two parts are the whole, wherever it is cut',
  async (name) => {
    const path = join(folder, 'parts.jsonl')
    const input = fixture(name).path
    await convert(inlineHost(), [input], {to: 'jsonl', output: path, force: true})
    const one = readBackLines(inlineHost(), path)
    expect(one.entries).toBeGreaterThan(15)
    for (const share of SHARES) {
      for (const slot of [0x1000, 0x100000]) {
        const host = twoThreads(slot)
        expect(readBackLines(host, path, 1, share)).toEqual(one)
        expect(host.started).toEqual(['lines-part'])
      }
    }
    // Behind that there is no line.
    const host = twoThreads()
    expect(readBackLines(host, path, 1, 0.99999)).toEqual(one)
    expect(host.started).toEqual([])
  },
)

test('a line that is longer than a window, across the middle', () => {
  const long = `{"db":0,"key":"long","type":"string","value":"${'x'.repeat(5_000_000)}"}`
  const short = '{"db":0,"key":"k","type":"string","value":"v"}'
  for (const lines of [[short, long, short], [long], [long, short], [short, long]]) {
    const path = saved(whole(lines.map((each, i) => each.replace('"key":"', `"key":"${i}`))))
    const one = readBackLines(inlineHost(), path)
    expect(one.entries).toBe(lines.length)
    const host = twoThreads(0x10000)
    expect(readBackLines(host, path, 1)).toEqual(one)
    expect(host.started).toEqual(['lines-part'])
  }
})

const unlike = expect.objectContaining({code: 'UNLIKE'})

test('a byte that is another one is told from either half', () => {
  const random = randomSeed('flipped lines')
  const lines = Array.from(
    {length: 60},
    (_, i) => `{"db":0,"key":"key ${i}","type":"hash","value":[["field","${'value '.repeat(i)}"]]}`,
  )
  const content = Buffer.from(whole(lines))
  const wanted = readBackLines(inlineHost(), saved(content))
  const cut = content.indexOf('\n', content.length / 2) + 1
  const body = HEAD.length + FIRST.length
  for (let run = 0; run < 300; run++) {
    const at = run < 2 ? cut - run : body + random.int(content.length - 1 - body)
    const flipped = Buffer.from(content)
    flipped[at] ^= 1 << random.int(8)
    const path = saved(flipped)
    const told = () => {
      const {digest, entries} = readBackLines(twoThreads(), path, 1)
      return {digest, entries}
    }
    try {
      const {digest, entries} = told()
      expect({digest, entries}).not.toEqual({digest: wanted.digest, entries: wanted.entries})
    } catch (error) {
      expect(error).toEqual(unlike)
    }
  }
})

test.each([
  ['the end counts another number', (text: string) => text.replace('"keys":2', '"keys":3')],
  ['there is no end', (text: string) => text.slice(0, text.indexOf('{"end"'))],
  ['a line is missing', (text: string) => text.replace(/\{"db":0,"key":"a".*\n/, '')],
  ['a line is missing', (text: string) => text.replace(/\{"db":0,"key":"b".*\n/, '')],
])('%s', (_, change) => {
  const line = (key: string) => `{"db":0,"key":"${key}","type":"string","value":"v"}`
  const path = saved(change(whole([line('a'), line('b')])))
  for (const share of SHARES) {
    expect(() => readBackLines(twoThreads(), path, 1, share)).toThrow(unlike)
  }
})

/** The kernel that writes text sees another byte in a value, however often it is asked. */
function lying(host: Host, value: string): Host {
  const {textRun} = host.kernel
  const kernel = {
    ...host.kernel,
    textRun(...args: Parameters<typeof textRun>) {
      const [start, end] = args
      const seen = Buffer.from(kernel.memory.buffer, start, end - start)
      const at = seen.indexOf(value)
      if (at >= 0) seen[at] ^= 1
      const out = textRun(...args)
      if (at >= 0) seen[at] ^= 1
      return out
    },
  }
  return {...host, kernel}
}

test.each([10, 39_000])('nothing is published of a file that is unlike in value %i', async (i) => {
  const input = join(folder, 'strings.rdb')
  const strings = Array.from({length: 40_000}, (_, k) =>
    entry(0, `key:${k}`, str(`value ${k}.${'v'.repeat(900)}`)),
  )
  const body = bytes(selectDb(0), ...strings)
  writeFileSync(input, rdbFile({version: 10, body}))
  const name = `unlike-${i}.jsonl`
  const output = join(folder, name)
  const host = twoThreads()
  const options = {to: 'jsonl', output} as const
  await expect(convert(lying(host, `value ${i}.`), [input], options)).rejects.toEqual(unlike)
  expect(host.started).toEqual(['digest-source', 'lines-part'])
  expect(readdirSync(folder).filter((each) => each.includes(name))).toEqual([])
  const report = await convert(twoThreads(), [input], options)
  expect(report.proof).toMatchObject({copied: 0, rewritten: 40_000})
  expect(readFileSync(output).length).toBe(report.bytes)
})
