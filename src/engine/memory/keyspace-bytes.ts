/** The tables of a database itself, which MEMORY USAGE of its keys does not have in it. */
import type {ServerLayout} from './server-layout.ts'
import {bucketBytes} from './table-bytes.ts'

const SLOT = 8
const EXPIRY_ENTRY = 24

export function keyspaceBytes(keys: number, expires: number, {buckets}: ServerLayout): number {
  if (buckets) return Math.round(bucketBytes(keys) + (expires > 0 ? bucketBytes(expires) : 0))
  const table = (count: number) => (count === 0 ? 0 : SLOT * 2 ** Math.ceil(Math.log2(count)))
  return table(keys) + table(expires) + EXPIRY_ENTRY * expires
}
