/** Reading a few records in a row, to see whether a place is where records begin, and which of them to believe. */
import {FormatError} from '../errors.ts'
import {isBinary, isOdd, isStructured, type Profile, valueBits} from './evidence.ts'
import {type RdbReader, RdbRecord} from './reader.ts'
import type {LogicalType} from './types.ts'
import {RdbOpcode} from './types.ts'

/** One record of a chain, or a run of entries that were only counted. */
export interface Link {
  /** Absolute offsets; of an entry from its first attribute on. */
  start: number
  end: number
  /** Behind the attributes of an entry. */
  typeAt: number
  /** Database of the entry; of SELECTDB the one it selects. */
  db: number
  /** Opcode of a record that is no entry, 0 for entries. */
  opcode: number
  logical: LogicalType
  /** Evidence; only of records that were read one by one. */
  bits: number
  /** What of that the key is worth. */
  keyBits: number
  /** See Profile.ownBits(); of records that are no entries 0. */
  ownBits: number
  expires: boolean
  /** See isOdd() and isBinary(). */
  isOdd: boolean
  isBinary: boolean
  /** Its value has a structure of its own. */
  structured: boolean
  /** By how many bits its key is likelier an element of a damaged collection. */
  likeElement: number
  /** Of RESIZEDB. */
  keys: number
  /** Of AUX and functions. */
  name: Uint8Array | null
  value: Uint8Array | null
  /** What is wrong with the value, or record, whose end is known. */
  fault: FormatError | null
}

export interface Chain {
  links: Link[]
  /** Why it ends: enough was read, the input ends here as it should, no record follows, or the bytes at hand do not suffice. */
  stop: 'enough' | 'end' | 'damage' | 'edge'
  /** Of a record that could not be read to its end: what speaks for it so far. */
  openBits: number
  error: FormatError | null
}

const SELECT_BITS = 6
const RESIZE_BITS = 14
const RECORD_BITS = 20
const MOST_DATABASES = 16384
/** So many records behind a place show that it was passed. */
const BEHIND = 3
/** So many records in a row need to pass no place. */
export const LONG_CHAIN = 256

/**
 * Read `most` records from where the reader stands, and on until one begins behind `beyond`. `isWhole`: where its bytes end the
 * input ends.
 */
export function readChain(
  r: RdbReader,
  profile: Profile,
  most: number,
  beyond: number,
  isWhole: boolean,
): Chain {
  const chain: Chain = {links: [], stop: 'enough', openBits: 0, error: null}
  let behind = 0
  const {links} = chain
  while (links.length < most || (behind < BEHIND && links.length < LONG_CHAIN)) {
    chain.openBits = 0
    try {
      if (!readLink(r, profile, chain, isWhole)) break
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      if (error.code === 'LIMIT') throw error
      chain.error = error
      chain.stop = error.code === 'TRUNCATED' && !isWhole ? 'edge' : 'damage'
      break
    }
    const last = chain.links.at(-1)
    if (last && last.start >= beyond) behind++
    if (last?.fault) {
      chain.stop = 'damage'
      break
    }
  }
  return chain
}

function readLink(r: RdbReader, profile: Profile, chain: Chain, isWhole: boolean): boolean {
  const record = r.next()
  if (record === RdbRecord.ENTRY) {
    const keyBits = profile.keyBits(r)
    chain.openBits = profile.head(r, keyBits)
    chain.links.push(entryLink(r, profile, keyBits))
    return true
  }
  if (record === RdbOpcode.EOF || record === RdbRecord.END) {
    chain.stop = isEnd(r, isWhole) ? 'end' : 'damage'
    return false
  }
  if (!r.hasAttributes) chain.links.push(recordLink(r, record))
  return true
}

/** An end in the middle of the input is none, unless a log follows. */
function isEnd({c}: RdbReader, isWhole: boolean): boolean {
  if (c.atEnd()) return isWhole
  const byte = c.memory[c.next]
  return byte === 0x2a || byte === 0x23
}

/** Read the value of the reader's current entry. */
export function entryLink(r: RdbReader, profile: Profile, keyBits = profile.keyBits(r)): Link {
  const {c, db, logical, offset: start, typeOffset: typeAt} = r
  const likeElement = profile.likeElement(r)
  const ownBits = profile.ownBits(r, keyBits)
  const bits = profile.head(r, keyBits) + valueBits(r)
  let fault: FormatError | null = null
  try {
    r.skipValue()
  } catch (error) {
    if (!(error instanceof FormatError) || !error.framed) throw error
    fault = error
  }
  const expires = r.expiresAtMs !== null
  const structured = isStructured(r.type)
  return {
    start,
    end: c.offset,
    typeAt,
    db,
    opcode: 0,
    logical,
    bits,
    keyBits,
    ownBits,
    expires,
    isOdd: isOdd(r),
    isBinary: isBinary(r),
    structured,
    likeElement,
    keys: 0,
    name: null,
    value: null,
    fault,
  }
}

/** The link of a record that is no entry, which was read last. */
export function recordLink(r: RdbReader, opcode: number): Link {
  const {db, offset: start, c} = r
  const bits = recordBits(r, opcode)
  const end = c.offset
  const none = {
    typeAt: start,
    keyBits: 0,
    ownBits: 0,
    isOdd: false,
    isBinary: false,
    expires: false,
    structured: false,
    likeElement: 0,
    fault: null,
  } as const
  const {name, value, keys} = r.record
  return {start, end, db, opcode, logical: 'string', bits, keys, name, value, ...none}
}

function recordBits({record}: RdbReader, opcode: number): number {
  if (opcode === RdbOpcode.SELECTDB) return record.number < MOST_DATABASES ? SELECT_BITS : -20
  if (opcode === RdbOpcode.RESIZEDB) {
    return record.keys > 0 && record.expires <= record.keys ? RESIZE_BITS : -20
  }
  if (opcode === RdbOpcode.AUX) return auxBits(record.name)
  return RECORD_BITS
}

function auxBits(name: Uint8Array): number {
  const plain = name.length > 1 && name.every((byte) => byte > 0x20 && byte < 0x7f)
  return plain ? Math.min(24, 8 + 1.4 * name.length) : -20
}
