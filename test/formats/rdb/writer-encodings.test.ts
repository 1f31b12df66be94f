import {readFileSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import {RdbRecord} from '../../../src/formats/rdb/reader.ts'
import {type Fixture, rdbFixtures} from '../../support/fixtures.ts'
import {openReader} from '../../support/read-rdb.ts'
import {rewriteRdb} from '../../support/write-rdb.ts'

/**
 * Keys whose encoding says how they came to be, not only what they hold: deleted stream entries that are still there, a list with
 * compressed nodes or with plain ones by debug command, a hash that lost its last expiry.
 */
const HISTORY = /^(stream:(big|trimmed|groups)|list:(compressed|plain)|hfe:persisted)/

const fixtures = rdbFixtures().filter(({server}) => !server.includes('-rc'))
const versionOf = (file: Buffer) => Number(file.toString('latin1', 6, 9))

test.each(fixtures)('$name: its own encodings, byte for byte', (fixture) => {
  const file = readFileSync(fixture.path)
  const {same, packed, other} = compared(fixture, file)
  expect(other.filter((key) => !HISTORY.test(key))).toEqual([])
  expect(same + packed + other.length).toBeGreaterThanOrEqual(fixture.entry.keys)
})

function compared({meta}: Fixture, file: Buffer) {
  const {server: dialect} = meta
  const version = versionOf(file)
  const ours = valuesOf(rewriteRdb(file, {dialect, version, compression: false}).bytes)
  const result = {same: 0, packed: 0, other: [] as string[]}
  for (const [key, value] of valuesOf(file)) {
    const written = ours.get(key)!
    if (written.equals(value)) result.same++
    // Shorter: the server compressed it. Then only the type can be compared.
    else if (value.length < written.length && value[0] === written[0]) result.packed++
    else result.other.push(key.replace(/^\d+ /, ''))
  }
  return result
}

/** Type byte and value of every key, as they are in the file. */
function valuesOf(file: Buffer): Map<string, Buffer> {
  const reader = openReader(file)
  const values = new Map<string, Buffer>()
  reader.readHeader()
  for (let opcode = reader.next(); opcode !== RdbRecord.END; opcode = reader.next()) {
    if (opcode !== RdbRecord.ENTRY) continue
    const {c, db, type} = reader
    const key = `${db} ${Buffer.from(c.memory.slice(c.pinStart, c.pinEnd)).toString('latin1')}`
    const chunks: Buffer[] = [Buffer.of(type)]
    reader.copyValue({write: (memory, s, e) => void chunks.push(Buffer.from(memory.slice(s, e)))})
    values.set(key, Buffer.concat(chunks))
  }
  return values
}
