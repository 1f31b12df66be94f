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
import {randomSeed} from '../support/random.ts'
import {changed, FIRST, HEAD, line, whole} from '../support/random-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-lines-'))
afterAll(() => rmSync(folder, {recursive: true}))

const END = Number.POSITIVE_INFINITY
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
