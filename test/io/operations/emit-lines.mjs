// An operation for tests: emits `count` chunks of `size` bytes, each filled with its ordinal, and counts them as records.
import {RECORDS} from '../../../dist/io/host.js'

/** Options: count, size. */
export function emitLines(host, _inputs, {count, size}) {
  for (let i = 0; i < count; i++) {
    host.emit(new Uint8Array(size).fill(i))
    host.counters[RECORDS]++
  }
  return {emitted: count}
}
