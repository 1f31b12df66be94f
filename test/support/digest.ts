/**
 * DEBUG DIGEST and DEBUG DIGEST-VALUE computed from rows, apart from any code of the program: an oracle.
 * Source: xorDigest(), mixDigest() and computeDatasetDigest() in debug.c.
 */
import {createHash} from 'node:crypto'
import type {Row, ServerMeta, StreamValue} from './fixtures.ts'
import {type ScoreStyle, scoreOf, scoreText} from './score.ts'

/** What differs between servers. */
export interface DigestRules {
  readonly scores: ScoreStyle
  /** Redis from 7.4 on marks hash fields that expire; Valkey does not. */
  readonly fieldTtl: boolean
  /** Small sorted sets keep -0 as the integer 0: from 7.0 on, since they are listpacks. */
  readonly unsignedZero: boolean
}

export function digestRules(meta: Pick<ServerMeta, 'server' | 'version'>): DigestRules {
  const [major, minor] = meta.version.split('.').map(Number)
  const redis = meta.server === 'redis'
  // 7.3.240 is 7.4-rc1, 6.9.240 is 7.0-rc1.
  return {
    scores: redis && major * 100 + minor < 702 ? 'printf' : 'fpconv',
    fieldTtl: redis && major * 100 + minor >= 703,
    unsignedZero: !redis || major * 100 + minor >= 609,
  }
}

type State = Buffer
const TYPE_NUMBERS = ['string', 'list', 'set', 'zset', 'hash', 'vectorset', 'stream', 'array']

const sha1 = (data: Uint8Array): Buffer => createHash('sha1').update(data).digest()
const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64')
const u32be = (n: number): Buffer => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n])

/** Order does not matter. */
function xor(state: State, data: Uint8Array): State {
  const hash = sha1(data)
  for (let i = 0; i < hash.length; i++) hash[i] ^= state[i]
  return hash
}

/** Order matters. */
const mix = (state: State, data: Uint8Array): State => sha1(xor(state, data))

const zero = (): State => Buffer.alloc(20)

/** DEBUG DIGEST-VALUE of a row, in hex. */
export function digestValue(row: Row, rules: DigestRules): string {
  return valueOnto(zero(), row, rules).toString('hex')
}

/** DEBUG DIGEST of a dataset, in hex. */
export function digestDataset(rows: readonly Row[], rules: DigestRules): string {
  let final = zero()
  const dbs = [...new Set(rows.map((row) => row.db))].sort((a, b) => a - b)
  for (const db of dbs) {
    final = mix(final, u32be(db))
    for (const row of rows) {
      if (row.db !== db) continue
      final = xor(final, valueOnto(mix(zero(), fromBase64(row.key)), row, rules))
    }
  }
  return final.toString('hex')
}

function valueOnto(start: State, row: Row, rules: DigestRules): State {
  const typed = mix(start, u32be(TYPE_NUMBERS.indexOf(row.type)))
  const state = contentOnto(typed, row, rules)
  return withExpiry(state, row)
}

const withExpiry = (state: State, row: Row): State =>
  row.expireAtMs === null ? state : xor(state, Buffer.from('!!expire!!'))

function contentOnto(state: State, row: Row, rules: DigestRules): State {
  const {value} = row
  switch (row.type) {
    case 'string':
      return mix(state, fromBase64(value as string))
    case 'list':
      return (value as string[]).reduce((s, member) => mix(s, fromBase64(member)), state)
    case 'set':
      return (value as string[]).reduce((s, member) => xor(s, fromBase64(member)), state)
    case 'zset':
      return (value as [string, string][]).reduce(
        (s, [member, score]) => xor(s, memberState(member, score, rules)),
        state,
      )
    case 'hash':
      return (value as HashField[]).reduce((s, field) => xor(s, fieldState(field, rules)), state)
    case 'stream':
      return streamOnto(state, value as StreamValue)
    case 'vectorset':
      return moduleOnto(state, row)
    case 'array':
      return arrayOnto(state, value as unknown as ArrayValue)
    default:
      throw new Error(`no digest for ${row.type}`)
  }
}

/** The truth has the text that ZRANGE prints, which is another one for integers from 7.2 on. */
function memberState(member: string, score: string, rules: DigestRules): State {
  const text = scoreText(scoreOf(score), rules.scores)
  return mix(mix(zero(), fromBase64(member)), Buffer.from(text))
}

type HashField = readonly [field: string, value: string, expiresAtMs?: number | null]

function fieldState([field, value, expiresAtMs]: HashField, rules: DigestRules): State {
  const state = mix(mix(zero(), fromBase64(field)), fromBase64(value))
  const expires = rules.fieldTtl && expiresAtMs !== undefined && expiresAtMs !== null
  return expires ? xor(state, Buffer.from('!!hexpire!!')) : state
}

function streamOnto(start: State, stream: StreamValue): State {
  let state = start
  for (const [id, pairs] of stream.entries) {
    state = mix(state, Buffer.from(id.replace('-', '.')))
    for (const part of pairs) state = mix(state, fromBase64(part))
  }
  return state
}

/**
 * Modules give their own content: what it adds is the same for DIGEST-VALUE, which the truth has, and for the dataset.
 */
function moduleOnto(state: State, row: Row): State {
  if (row.digest === undefined) throw new Error(`no digest for ${row.type}`)
  const typed = mix(zero(), u32be(TYPE_NUMBERS.indexOf(row.type)))
  const bare = withExpiry(typed, row)
  const digest = Buffer.from(row.digest, 'hex')
  return Buffer.from(state.map((byte, i) => byte ^ bare[i] ^ digest[i]))
}

export interface ArrayValue {
  readonly cells: readonly (readonly [index: string, text: string])[]
  readonly insertIndex: string | null
}

function arrayOnto(start: State, {cells}: ArrayValue): State {
  const texts = new Map(cells.map(([index, text]) => [index, fromBase64(text)]))
  const length = cells.reduce((most, [index]) => Math.max(most, Number(index) + 1), 0)
  let state = start
  for (let i = 0; i < length; i++) state = mix(state, texts.get(String(i)) ?? Buffer.from('(null)'))
  return state
}
