/** Digests of RDB files by the code under test, with every key's own. */

import {DebugDigest} from '../../src/engine/digest/debug-digest.ts'
import {FullDigest} from '../../src/engine/digest/full-digest.ts'
import type {DigestRules} from '../../src/engine/digest/rules.ts'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../src/formats/bytes/inline-feed.ts'
import {libraryCode} from '../../src/formats/rdb/library-code.ts'
import {RdbReader, RdbRecord} from '../../src/formats/rdb/reader.ts'
import {kernel} from './kernel.ts'

export interface Digests {
  readonly digest: string
  /** By `db/base64 key`. */
  readonly keys: Map<string, string>
}

export interface DigestOptions {
  /** Rules of DEBUG DIGEST; without them the full digest. */
  readonly rules?: DigestRules
  readonly slotSize?: number
  /** Digest each value. */
  readonly each?: boolean
  /** Keys to leave out, as `db/base64 key`. */
  readonly without?: ReadonlySet<string>
}

export function digestFile(file: Uint8Array, options: DigestOptions): Digests {
  const {rules, slotSize, each = true, without} = options
  const feed = new InlineFeed(bufferSource(file), kernel, {slotSize})
  const c = new Cursor(kernel).open(feed)
  const r = new RdbReader(c)
  r.readHeader()
  const digest = rules ? new DebugDigest(c, rules, each) : new FullDigest(c, each)
  const keys = new Map<string, string>()
  for (let record = r.next(); record !== RdbRecord.END; record = r.next()) {
    const code = libraryCode(r.record, record)
    if (code) digest.library(code)
    if (record !== RdbRecord.ENTRY) continue
    const name = `${r.db}/${Buffer.from(c.memory.slice(c.pinStart, c.pinEnd)).toString('base64')}`
    if (without?.has(name)) {
      r.skipValue()
      continue
    }
    digest.beginEntry(r.db, r.logical, c.pinStart, c.pinEnd, r.expiresAtMs)
    r.readValue(digest)
    digest.endEntry()
    if (each) keys.set(name, digest.valueHex())
  }
  return {digest: digest.finish(), keys}
}
