/** The version of an RDB whose first bytes are damaged. */
import type {Cursor} from '../formats/bytes/cursor.ts'
import type {Dialect} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'

/** Bytes of the magic and the version. */
export const HEADER = 9
const LOOK = 256

/** First server version, as major * 100 + minor, and the RDB version that it writes; newest first. */
const REDIS: readonly (readonly [server: number, rdb: number])[] = [
  [810, 15],
  [808, 14],
  [806, 13],
  [704, 12],
  [702, 11],
  [700, 10],
  [500, 9],
  [400, 8],
  [302, 7],
]
const VALKEY: typeof REDIS = [
  [902, 81],
  [900, 80],
  [700, 11],
]

/** From the AUX field that comes first in files of all servers since Redis 3.2; the cursor stands at the header. */
export function guessHeader(c: Cursor): {version: number; dialect: Dialect} | null {
  while (c.limit - c.next < LOOK && c.more());
  const head = text(c.memory.slice(c.next, Math.min(c.limit, c.next + LOOK)))
  const field = /^.{9}\xfa.(redis|valkey)-ver.(\d+)\.(\d+)/s.exec(head)
  if (field === null) return null
  const [, name, major, minor] = field
  const server = Number(major) * 100 + Number(minor)
  const valkey = name === 'valkey'
  const row = (valkey ? VALKEY : REDIS).find(([since]) => server >= since)
  if (row === undefined) return null
  return {version: row[1], dialect: valkey && row[1] >= 80 ? 'valkey' : 'redis'}
}
