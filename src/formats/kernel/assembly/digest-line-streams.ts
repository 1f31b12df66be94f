/** Streams in lines of JSON, for digest-lines.ts: those of entries, groups and consumers. */
import {groupsAt} from './digest-line-groups'
import {behindTwo, integerRead, jsonId, jsonInteger, jsonString, stringFirst, stringLast} from './line-parts'
import {quickFirst, quickSecond, quickWide} from './quick-digest'
import {idFollows} from './stream-ids'
import {noteMeta} from './stream-notes'

const COMMA: u32 = 0x2c
const OPEN: u32 = 0x5b
const CLOSE: u32 = 0x5d
const CLOSE_BRACE: u32 = 0x7d
/** Parts of a value as little-endian numbers. */
const ENTRIES: u64 = 0x656972746e65227b // {"entrie
const ENTRIES_REST: u64 = 0x5b3a2273 // s":[
const LAST_ID: u64 = 0x497473616c222c5d // ],"lastI
const FIRST_ID: u64 = 0x497473726966222c // ,"firstI
const ID_REST: u64 = 0x3a2264 // d":
const MAX_DELETED: u64 = 0x6c654478616d222c // ,"maxDel
const MAX_DELETED_REST: u64 = 0x3a22644964657465 // etedId":
const ADDED: u64 = 0x656972746e65222c // ,"entrie
const ADDED_REST: u64 = 0x3a22646564644173 // sAdded":

/** Ids: 16 bytes, as they are in files. */
const entryId = memory.data(16)
const lastId = memory.data(16)
const otherId = memory.data(16)

/** Give the stream at `at` to the digest. Returns where its value ends; 0 to leave it to the reader. */
export function streamValue(at: u32, limit: u32): u32 {
  at = behindTwo(at, limit, ENTRIES, ENTRIES_REST, 4)
  if (at == 0) return 0
  at = entries(at, limit)
  if (at == 0) return 0
  at = namedId(at, limit, LAST_ID, ID_REST, 3, lastId as u32)
  if (at == 0) return 0
  at = namedId(at, limit, FIRST_ID, ID_REST, 3, otherId as u32)
  if (at == 0) return 0
  at = namedId(at, limit, MAX_DELETED, MAX_DELETED_REST, 8, otherId as u32)
  if (at == 0) return 0
  at = behindTwo(at, limit, ADDED, ADDED_REST, 8)
  if (at == 0) return 0
  at = jsonInteger(at, limit)
  if (at == 0) return 0
  noteMeta(lastId as u32, otherId as u32, integerRead())
  if (at < limit && load<u8>(at) == COMMA) at = groupsAt(at, limit)
  return at != 0 && at < limit && load<u8>(at) == CLOSE_BRACE ? at + 1 : 0
}

/** Up to the bracket behind the last one. */
function entries(at: u32, limit: u32): u32 {
  let number: u64 = 0
  memory.fill(lastId as u32, 0, 16)
  while (true) {
    if (at >= limit || load<u8>(at) != OPEN) return 0
    at = jsonId(at + 1, limit, entryId as u32)
    if (at == 0 || !idFollows(entryId as u32, lastId as u32)) return 0
    v128.store(lastId as u32, v128.load(entryId as u32))
    quickFirst(entryId as u32, (entryId as u32) + 16)
    quickWide(number++)
    while (at < limit && load<u8>(at) == COMMA) {
      at = jsonString(at + 1, limit)
      if (at == 0 || at >= limit || load<u8>(at) != COMMA) return 0
      quickFirst(stringFirst(), stringLast())
      quickWide(number++)
      at = jsonString(at + 1, limit)
      if (at == 0) return 0
      quickSecond(stringFirst(), stringLast())
    }
    if (limit - at < 2 || load<u8>(at) != CLOSE) return 0
    if (load<u8>(at, 1) != COMMA) return at + 1
    at += 2
  }
}

function namedId(at: u32, limit: u32, word: u64, rest: u64, length: u32, out: u32): u32 {
  at = behindTwo(at, limit, word, rest, length)
  return at == 0 ? 0 : jsonId(at, limit, out)
}
