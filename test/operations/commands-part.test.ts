import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {DigestSink} from '../../src/engine/digest/digest-sink.ts'
import {QuickDigest} from '../../src/engine/digest/quick-digest.ts'
import type {AofEntryWriter} from '../../src/formats/aof/aof-entry-writer.ts'
import type {Feature} from '../../src/formats/rdb/features.ts'
import type {Host} from '../../src/io/host.ts'
import {commandsPart} from '../../src/operations/commands-part.ts'
import {entryWriter, rdbSettings} from '../../src/operations/convert-outputs.ts'
import type {PartRead} from '../../src/operations/convert-proof.ts'
import {readBackCommands} from '../../src/operations/convert-proof-parts.ts'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {record} from '../support/aof.ts'
import {bytes, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {fixture} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-parts-'))
afterAll(() => rmSync(folder, {recursive: true}))

const LOST: ReadonlySet<Feature> = new Set(['stream-deleted-pending'])

const strings = (count: number, from: number) =>
  Array.from({length: count}, (_, i) => entry(0, `key:${from + i}`, str('v'.repeat(900))))

/** Some 17 MB in two databases, a fixture with streams between them. */
function written(path: string): AofEntryWriter {
  const host = inlineHost()
  const input = join(folder, 'in.rdb')
  const body = [selectDb(0), ...strings(9000, 0), selectDb(2), ...strings(9000, 0)]
  writeFileSync(input, rdbFile({version: 10, body: bytes(...body)}))
  const sources = [openDataset(host, input), openDataset(host, fixture('redis-7.0.15/small').path)]
  const pieces: Uint8Array[] = []
  const sink = {
    write: (memory: Uint8Array, start: number, end: number) =>
      void pieces.push(memory.slice(start, end)),
  }
  const target = {dialect: 'redis', version: 10} as const
  const settings = {form: 'commands', target, lost: LOST} as const
  const rdb = rdbSettings(sources[0], null, false, false)
  const {memory} = sources[0]
  const writer = entryWriter(host, sink, {...settings, rdb}, memory) as AofEntryWriter
  for (const source of sources) source.read(writerSink(writer))
  writeFileSync(path, Buffer.concat(pieces))
  host.close()
  return writer
}

const writerSink = (writer: AofEntryWriter) => ({
  get runs() {
    return writer.runs
  },
  header: writer.header.bind(writer),
  library: writer.library.bind(writer),
  database: writer.database.bind(writer),
  entry: (each: Parameters<AofEntryWriter['begin']>[0]) => {
    each.readValue(writer.begin(each))
    writer.end()
  },
})

/** A second thread that works when it is waited for. */
function twoThreads(): Host & {parts: number} {
  const host = Object.assign(inlineHost(), {
    parts: 0,
    beside: {
      threads: 2,
      start<Report>(operation: string, inputs: readonly string[], options: unknown) {
        expect(operation).toBe('commands-part')
        host.parts++
        const part = structuredClone(options) as Parameters<typeof commandsPart>[2]
        return (): Report => {
          const other = inlineHost()
          const read: PartRead = commandsPart(other, inputs, part)
          other.close()
          return read as Report
        }
      },
    },
  })
  return host
}

test('two halves have the digest and the entries of the whole, wherever the input is odd', () => {
  const path = join(folder, 'out.resp')
  const writer = written(path)
  const whole = readBackCommands(inlineHost(), path, writer, LOST)
  const host = twoThreads()
  const halves = readBackCommands(host, path, writer, LOST, 1 << 20)
  expect(host.parts).toBe(1)
  expect(whole.entries).toBeGreaterThan(18_000)
  expect({...halves, totals: null}).toEqual({...whole, totals: null})
})

test('what is not as it was written is told from either half', () => {
  const path = join(folder, 'odd.resp')
  const writer = written(path)
  const content = readFileSync(path)
  for (const at of [content.indexOf('*3\r\n$3\r\nSET'), content.lastIndexOf('*3\r\n$3\r\nSET')]) {
    const damaged = Buffer.from(content)
    damaged[at + 1] = 0x34
    writeFileSync(path, damaged)
    expect(() => readBackCommands(twoThreads(), path, writer, LOST, 1 << 20)).toThrow(
      expect.objectContaining({code: 'UNLIKE'}),
    )
  }
})

const LONG = 'v'.repeat(3_000_000)
const EXPIRES = 4_102_444_800_123

/** Reads a file of one string back, which a writer has called long and expiring. */
function readLong(commands: readonly (readonly string[])[], expiresAtMs: number | null): PartRead {
  const path = join(folder, 'long.resp')
  const content = bytes(...commands.map((words) => record(...words)))
  writeFileSync(path, content)
  const span = {start: 0, end: content.length, string: {expiresAtMs}}
  const host = inlineHost()
  const read = commandsPart(host, [path], {
    from: {offset: 0, db: 3},
    until: Number.POSITIVE_INFINITY,
    odd: [span],
    lost: [],
    restores: null,
  })
  host.close()
  return read
}

test('a long string is read back without being held, and is the one that was read', () => {
  const input = join(folder, 'long.rdb')
  const expiry = Buffer.alloc(9, 0xfc)
  expiry.writeBigUInt64LE(BigInt(EXPIRES), 1)
  const body = bytes(selectDb(3), expiry, entry(0, 'long', str(LONG + LONG)))
  writeFileSync(input, rdbFile({version: 10, body}))
  const host = inlineHost()
  const source = openDataset(host, input)
  const digest = new QuickDigest(source.memory)
  source.read(new DigestSink(digest))
  const read = readLong(
    [
      ['SET', 'long', LONG],
      ['APPEND', 'long', LONG],
      ['PEXPIREAT', 'long', String(EXPIRES)],
    ],
    EXPIRES,
  )
  expect(read).toEqual({entries: 1, unlike: null, totals: digest.totals()})
  host.close()
})

test.each([
  [
    'another expiry',
    [
      ['SET', 'k', LONG],
      ['PEXPIREAT', 'k', '1'],
    ],
    EXPIRES,
  ],
  ['no expiry', [['SET', 'k', LONG]], EXPIRES],
  [
    'an expiry too many',
    [
      ['SET', 'k', LONG],
      ['PEXPIREAT', 'k', String(EXPIRES)],
    ],
    null,
  ],
  [
    'another key',
    [
      ['SET', 'k', LONG],
      ['APPEND', 'j', LONG],
    ],
    null,
  ],
  [
    'another command',
    [
      ['SET', 'k', LONG],
      ['SETNX', 'k', LONG],
    ],
    null,
  ],
  ['no SET', [['APPEND', 'k', LONG]], null],
  ['an option', [['SET', 'k', LONG, 'NX']], null],
  [
    'more behind the expiry',
    [
      ['SET', 'k', LONG],
      ['PEXPIREAT', 'k', String(EXPIRES)],
      ['APPEND', 'k', 'v'],
    ],
    EXPIRES,
  ],
] as const)('a long string with %s is not what was written', (_, commands, expiresAtMs) => {
  expect(readLong(commands, expiresAtMs).unlike).toMatch(/not what was (written|read)/)
})
