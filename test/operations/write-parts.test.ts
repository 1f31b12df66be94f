/** What is written of a source is what its parts say, and what the disk made of it is compared with that. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {DEFAULT_COMMANDS} from '../../src/engine/commands/table.ts'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {replaceFile} from '../../src/io/replace-file.ts'
import type {EditedFile, Part} from '../../src/operations/edit.ts'
import {sumOf} from '../../src/operations/summed-sink.ts'
import {inspectEdit} from '../../src/operations/verify-edit.ts'
import {proven} from '../../src/operations/write-parts.ts'
import {record} from '../support/aof.ts'
import {type FaultyDisk, faultyDisk} from '../support/faulty-disk.ts'
import {fixture} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-parts-'))
afterAll(() => rmSync(folder, {recursive: true}))

const SLOT = 0x10000
const host = createInlineHost(kernel, new Inputs(), Number.POSITIVE_INFINITY, SLOT)
const select = record('SELECT', '3')
const large = join(folder, 'large')
/** Longer than a sum is put together from the feed's by, with zeros in front, and no multiple of a slot. */
const BYTES = Uint8Array.from({length: 12_000_007}, (_, i) => (i < 100 ? 0 : (i * 7919) >> 5))
writeFileSync(large, BYTES)
const copy = (start: number, end: number): Part => ({kind: 'copy', start, end})
const inserted: Part = {kind: 'bytes', bytes: select}

const edited = (path: string, parts: Part[]): EditedFile => {
  const place = {name: 'out', type: 'i', seq: 1, fields: [], removed: []} as const
  return {...place, path, file: path, parts, fields: [], removed: []}
}
const sum = (path: string) => {
  const read = sumOf(host, new Cursor(kernel), path)
  host.settle(path)
  return read
}
const output = join(folder, 'out')

function publish(file: EditedFile, disk: FaultyDisk = faultyDisk()): Buffer {
  rmSync(output, {force: true})
  const {produce, readBack, verify} = proven(host, file, (path) => ({
    sum: sum(path),
    refusal: null,
  }))
  replaceFile(output, produce, {readBack, verify, disk})
  return readFileSync(output)
}

describe('parts of a large source', () => {
  test.each<[string, Part[]]>([
    ['all of it', [copy(0, BYTES.length)]],
    ['all but its ends', [copy(1, BYTES.length - 1)]],
    ['with a hole', [copy(0, 9_000_001), copy(9_000_002, BYTES.length)]],
    ['behind what is new', [inserted, copy(77, 9_000_000)]],
    ['around what is new', [copy(3, 9_500_000), inserted, copy(9_700_000, 9_700_001)]],
    ['a little', [copy(50, 60), inserted, copy(70, SLOT + 80)]],
    ['a little, with another sum', [copy(50, 60), inserted, copy(70, SLOT + 81), inserted]],
    ['none', [inserted]],
    ['nothing at all', []],
  ])('%s', (_name, parts) => {
    const wanted = parts.map((part) => {
      return part.kind === 'copy' ? BYTES.subarray(part.start, part.end) : select
    })
    expect(publish(edited(large, parts)).equals(Buffer.concat(wanted))).toBe(true)
  })

  test('every write that lies or is cut is caught, and nothing is left', () => {
    const file = edited(large, [inserted, copy(0, 9_000_001), copy(9_100_000, BYTES.length)])
    const watched = faultyDisk()
    publish(file, watched)
    const writes = watched.calls.filter((call) => call === 'write').length
    expect(writes).toBeGreaterThan(20)
    // The first, the last, and some between.
    const chosen = Array.from({length: 8}, (_, i) => 1 + Math.round(((writes - 1) * i) / 7))
    const caught = chosen.map((at) => {
      expect(() => publish(file, faultyDisk({at, operation: 'write', kind: 'lie'}))).toThrow(
        expect.objectContaining({code: 'READ_BACK'}),
      )
      return readdirSync(folder)
    })
    expect(caught).toEqual(chosen.map(() => ['large']))
  })

  test('zeros that are missing in front, which a CRC does not see, are missed', () => {
    const shorter = join(folder, 'shorter')
    writeFileSync(shorter, BYTES.subarray(1, 1000))
    const read = sum(shorter)
    rmSync(shorter)
    const whole = edited(large, [copy(0, 1000)])
    publish(whole)
    expect(sum(output)).toEqual({bytes: 1000, crc: read.crc})
    rmSync(output)
    const {produce, readBack} = proven(host, whole, () => ({sum: read, refusal: null}))
    expect(() => replaceFile(output, produce, {readBack})).toThrow(
      expect.objectContaining({code: 'READ_BACK'}),
    )
  })
})

describe('what a reading of a log comes to', () => {
  const options = {input: 'log', table: DEFAULT_COMMANDS, databases: 16, insideArguments: false}
  const inspect = (path: string) => inspectEdit(host, path, edited(path, []), options, false)

  test.each([
    'redis-7.0.15/aof-full-rdbbase',
    'redis-7.0.15/aof-small-multi',
    'redis-5.0.14/aof-full-rdbbase',
  ])('%s: the sum of all bytes', (name) => {
    const {path: directory} = fixture(name)
    const files = readdirSync(directory, {recursive: true, encoding: 'utf8'})
    const logs = files.filter((each) => /\.(?:aof|rdb)$/.test(each))
    expect(logs.length).toBeGreaterThan(0)
    for (const log of logs) {
      const path = join(directory, log)
      expect(inspect(path)).toEqual({sum: sum(path), refusal: null})
    }
  })
})
