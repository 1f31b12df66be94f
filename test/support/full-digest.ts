/** The full digest as docs/digest.md defines it, computed from rows, apart from any code of the program: an oracle. */
import {createHash} from 'node:crypto'
import {u32be, u64be} from './bytes.ts'
import type {Row, StreamValue} from './fixtures.ts'
import {scoreOf} from './score.ts'

const TYPES = ['string', 'list', 'set', 'zset', 'hash', 'stream', 'module', 'array']
const ZERO = Buffer.alloc(20)
const NEVER = Buffer.from('8000000000000000', 'hex')

const hash = (...parts: (Uint8Array | string)[]): Buffer => {
  const sha = createHash('sha1')
  for (const part of parts) sha.update(part)
  return sha.digest()
}
const decoded = (text: string): Buffer => Buffer.from(text, 'base64')
const named = (text: string): Buffer => hash(decoded(text))

function sum(hashes: readonly Buffer[]): Buffer {
  const total = new Uint32Array(5)
  for (const each of hashes) for (let i = 0; i < 5; i++) total[i] += each.readUInt32BE(i * 4)
  return Buffer.concat([...total].map(u32be))
}

const double = (score: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(score + 0)
  return bytes
}

const id = (text: string): Buffer =>
  Buffer.concat(text.split('-').map((half) => u64be(BigInt(half))))

/** V of a row. */
export function fullValue(row: Row): Buffer {
  const expiry = row.expireAtMs === null ? NEVER : u64be(row.expireAtMs)
  return hash(content(row), expiry, u32be(TYPES.indexOf(row.type)))
}

/** The digest of a dataset. */
export function fullDataset(rows: readonly Row[], libraries: readonly Uint8Array[]): string {
  const keys = rows.map((row) => hash(named(row.key), fullValue(row), u32be(row.db)))
  const codes = libraries.map((code) => hash('f', hash(code)))
  return hash('respite-full/1', sum([...keys, ...codes])).toString('hex')
}

function content({type, value}: Row): Buffer {
  switch (type) {
    case 'string':
      return named(value as string)
    case 'list':
      return sum((value as string[]).map((each, i) => hash(named(each), ZERO, u64be(i))))
    case 'set':
      return sum((value as string[]).map(named))
    case 'zset':
      return sum(
        (value as [string, string][]).map(([member, score]) =>
          hash(named(member), ZERO, double(scoreOf(score))),
        ),
      )
    case 'hash':
      return sum(
        (value as [string, string, number?][]).map(([field, each, at]) =>
          hash(named(field), named(each), u64be(at ?? 0)),
        ),
      )
    case 'stream':
      return sum(streamParts(value as StreamValue))
    default:
      throw new Error(`no full digest for ${type}`)
  }
}

function streamParts(stream: StreamValue): Buffer[] {
  const parts: Buffer[] = []
  let n = 0
  for (const [entry, pairs] of stream.entries) {
    parts.push(hash(hash(id(entry)), ZERO, u64be(n++)))
    for (let i = 0; i < pairs.length; i += 2) {
      parts.push(hash(named(pairs[i]), named(pairs[i + 1]), u64be(n++)))
    }
  }
  const added = u64be(BigInt(stream.entriesAdded ?? stream.length))
  parts.push(hash('m', id(stream.lastId), id(stream.maxDeletedId ?? '0-0'), added))
  for (const group of stream.groups) parts.push(...groupParts(group))
  return parts
}

function groupParts(group: StreamValue['groups'][number]): Buffer[] {
  const name = named(group.name)
  const read = u64be(BigInt.asUintN(64, BigInt(group.entriesRead ?? -1)))
  const parts = [hash('g', name, id(group.lastId), read)]
  for (const [entry, owner, time, count] of group.pending) {
    parts.push(hash('p', name, id(entry), u64be(time ?? 0), u64be(count)))
    parts.push(hash('o', name, named(owner), id(entry)))
  }
  for (const consumer of group.consumers) parts.push(hash('c', name, named(consumer.name)))
  return parts
}
