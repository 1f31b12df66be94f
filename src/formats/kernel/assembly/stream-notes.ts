/** Facts about a stream that are no elements of it, for quick-digest.ts: see engine/digest/full-digest.ts for what is noted. */
import {DIGEST_CHAIN, DIGEST_CHAIN_2, DIGEST_CONTENT} from '../layout'
import {quickNote} from './quick-digest'
import {sha1} from './sha1'

const HASH_BYTES: u32 = 20
/** A letter, then hashes of 20 bytes and numbers of 8. */
const note = memory.data(96)
const group: u32 = DIGEST_CHAIN
const consumer: u32 = DIGEST_CHAIN_2

let noteEnd: u32 = 0

/** Ids are 16 bytes at an address, as they are in files. */
export function noteMeta(lastId: u32, maxDeletedId: u32, entriesAdded: u64): void {
  begin(0x6d)
  put128(lastId)
  put128(maxDeletedId)
  put64(entriesAdded)
  finish()
}

/** The group that what follows belongs to, by its name. */
export function noteGroup(name: u32, nameEnd: u32, lastId: u32, entriesRead: u64): void {
  sha1(name, nameEnd, group)
  begin(0x67)
  putHash(group)
  put128(lastId)
  put64(entriesRead)
  finish()
}

export function notePending(id: u32, timeMs: u64, deliveries: u64): void {
  begin(0x70)
  putHash(group)
  put128(id)
  put64(timeMs)
  put64(deliveries)
  finish()
}

/** The consumer that owns what follows. */
export function noteConsumer(name: u32, nameEnd: u32): void {
  sha1(name, nameEnd, consumer)
  begin(0x63)
  putHash(group)
  putHash(consumer)
  finish()
}

export function noteOwned(id: u32): void {
  begin(0x6f)
  putHash(group)
  putHash(consumer)
  put128(id)
  finish()
}

function begin(letter: u8): void {
  store<u8>(note as u32, letter)
  noteEnd = (note as u32) + 1
}

function putHash(hash: u32): void {
  for (let i: u32 = 0; i < HASH_BYTES; i += 4) store<u32>(noteEnd + i, bswap<u32>(load<u32>(hash + i)))
  noteEnd += HASH_BYTES
}

function put128(at: u32): void {
  v128.store(noteEnd, v128.load(at))
  noteEnd += 16
}

function put64(value: u64): void {
  store<u64>(noteEnd, bswap<u64>(value))
  noteEnd += 8
}

function finish(): void {
  quickNote(note as u32, noteEnd, DIGEST_CONTENT)
}
