// An operation for tests: reads every byte of its inputs through a cursor, in steps of `step` bytes.
import {createHash} from 'node:crypto'
import {appendFileSync, renameSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {Cursor} from '../../../dist/formats/bytes/cursor.js'
import {REG_CRC, REGISTERS} from '../../../dist/formats/kernel/layout.js'
import {RECORDS} from '../../../dist/io/host.js'

const MEDDLERS = {
  truncate: (path) => truncateSync(path, 10),
  append: (path) => appendFileSync(path, 'more'),
  remove: (path) => rmSync(path),
  replace(path) {
    writeFileSync(`${path}.new`, 'another')
    renameSync(`${path}.new`, path)
  },
}

/** Options: step, offset, crc, unwrap, stopAfter (bytes), sumOnce, keepGoing (report a failure), meddle, endless, fail. */
export function readAll(host, inputs, options) {
  if (options.fail) throw new TypeError('a bug')
  for (; options.endless; host.counters[RECORDS]++);
  return inputs.map((path) => readOne(host, path, options))
}

function readOne(host, path, options) {
  const {step = 1000, offset = 0, stopAfter = Number.POSITIVE_INFINITY, crc = true} = options
  const feed = host.open(path, {offset, crc, unwrap: options.unwrap})
  const cursor = new Cursor(host.kernel).open(feed, offset)
  const hash = createHash('sha256')
  let failure = null
  let bytes = 0
  try {
    while (bytes < stopAfter) {
      // The checksum is that of the bytes before the end, so it is asked for before the end is looked for. With `sumOnce` nothing
      // asks in between, and the feed runs ahead freely.
      if (options.sumOnce && offset + bytes === feed.size) break
      if (crc && !options.sumOnce && cursor.next === cursor.limit) cursor.crcHere()
      if (cursor.atEnd()) break
      const length = Math.min(step, cursor.limit - cursor.next)
      const start = cursor.take(length)
      hash.update(cursor.memory.subarray(start, start + length))
      bytes += length
      host.counters[RECORDS]++
      if (options.meddle && bytes === length) MEDDLERS[options.meddle](path)
    }
  } catch (error) {
    if (!options.keepGoing) throw error
    failure = {name: error.name, code: error.code, offset: error.offset}
  }
  if (crc && (options.sumOnce || cursor.next < cursor.limit)) cursor.crcHere()
  const sum = crc ? cursor.view.getBigUint64(REGISTERS + REG_CRC, true).toString(16) : null
  feed.close()
  return {
    bytes,
    sha256: hash.digest('hex'),
    crc: sum,
    size: feed.size,
    wrapped: feed.wrapped,
    head: Buffer.from(feed.head).toString('latin1'),
    seekable: feed.seekable,
    repeatable: feed.repeatable,
    failure,
  }
}
