/**
 * The first nine bytes of an RDB file.
 *
 *     "REDIS" dddd     Redis, and Valkey up to RDB 11
 *     "VALKEY" ddd     Valkey from RDB 80 on
 *
 * Servers read the number with atoi(), which stops at the first other byte: a damaged digit can turn version 11 into 1, and
 * with it the checksum off. Here it is all digits or damage. Source: rdbLoadRioWithLoadingCtx() in rdb.c.
 */
import type {Cursor} from '../bytes/cursor.ts'
import {FormatError} from '../errors.ts'
import {text} from '../text.ts'
import type {Dialect} from './types.ts'

/** The newest versions whose layout is known. */
const NEWEST: Readonly<Record<string, number>> = {redis: 15, valkey: 81}

/** @throws FormatError `RDB_MAGIC`, `RDB_VERSION`, `UNSUPPORTED`, `TRUNCATED`. */
export function readMagic(c: Cursor): {version: number; dialect: Dialect} {
  const start = c.offset
  const at = c.take(9)
  const magic = text(c.memory.subarray(at, at + 9))
  const dialect = magic.startsWith('REDIS') ? 'redis' : 'valkey'
  if (dialect === 'valkey' && !magic.startsWith('VALKEY')) {
    throw new FormatError('RDB_MAGIC', start, 'it does not begin with REDIS or VALKEY')
  }
  const digits = magic.slice(dialect.length)
  const offset = start + dialect.length
  if (!/^\d+$/.test(digits)) {
    throw new FormatError('RDB_VERSION', offset, 'the version is not a number')
  }
  const version = Number(digits)
  if (dialect === 'redis' ? version < 1 || version > 79 : version < 80) {
    throw new FormatError('RDB_VERSION', offset, `no server writes ${magic}`)
  }
  if (version > NEWEST[dialect]) {
    throw new FormatError('UNSUPPORTED', start, `RDB version ${version} is newer than respite`)
  }
  return {version, dialect}
}
