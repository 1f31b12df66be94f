/** What salvage must not take for entries: keys that hold other records, elements of values, strange keys in damaged files. */
import {expect, test} from '@jest/globals'
import {bytes, type Part, resealed} from '../support/bytes.ts'
import {kernel} from '../support/kernel.ts'
import {salvageBytes} from '../support/salvage.ts'
import {placedEntries} from '../support/salvage-campaign.ts'

const text = (value: string): Part[] => [value.length, value]
const string = (key: string, value: string): Buffer => bytes(0, ...text(key), ...text(value))
const users = (from: number, count: number): Buffer =>
  bytes(...Array.from({length: count}, (_, i) => string(`user:${from + i}`, `v${i % 10}`)))
const rdb = (...parts: Part[]): Buffer =>
  resealed(bytes('REDIS0009', 0xfe, 0, ...parts, 0xff, Buffer.alloc(8)))

/** The keys that are kept of a file in which one place is overwritten. */
function kept(file: Buffer, at: number, ...change: Part[]) {
  const damaged = Buffer.from(file)
  bytes(...change).copy(damaged, at)
  const {bytes: made, report} = salvageBytes(kernel, damaged)
  return {keys: placedEntries(kernel, made).map(({key}) => key), report}
}

test('a key whose damaged length makes it end with the next key is none, whatever it reads as', () => {
  const file = rdb(users(1000, 40))
  const at = file.indexOf('user:1020') - 1
  // Its value, the type of the next entry and its key.
  const {keys, report} = kept(file, at, 9 + 3 + 1 + 10)
  expect(keys).toHaveLength(38)
  expect(keys.every((key) => /^user:1\d\d\d$/.test(key))).toBe(true)
  expect(report.gaps).toHaveLength(1)
})

test('an element behind damage that reads as an entry is none, though true entries follow', () => {
  const hash = bytes(4, ...text('user:h'), 2, ...text('name'), ...text('x'.repeat(60)))
  const file = rdb(users(1000, 30), hash, ...text('city'), ...text('York'), users(2000, 30))
  const at = file.indexOf('xxxx') - 1
  const noise = Array.from({length: 60}, (_, i) => 0x80 + ((i * 37) & 0x3f))
  // The last of them reads as the type of a string.
  const {keys} = kept(file, at, ...noise, 0)
  expect(keys).toHaveLength(60)
  expect(keys).not.toContain('city')
})

test('an entry behind damage is found though its key is unlike those before, where those behind are like it', () => {
  const file = rdb(users(1000, 40), 0xfe, 1, 0xfb, 9, 0, ...tags(9))
  const {keys} = kept(file, file.indexOf('\0\x06tag{0}') + 1, ...Buffer.alloc(9, 0x95))
  expect(keys.filter((key) => key.startsWith('tag'))).toHaveLength(8)
})

function tags(count: number): Buffer[] {
  return Array.from({length: count}, (_, i) => string(`tag{${i}}`, 'v'))
}

test.each([
  {strange: 12, left: 0},
  {strange: 40, left: 40},
])('of $strange keys of control characters in a damaged file $left are kept', ({strange, left}) => {
  const odd = Array.from({length: strange}, (_, i) =>
    string(`\x01${String.fromCharCode(i)}`, '\x02'),
  )
  const file = rdb(...odd.flatMap((each, i) => [users(1000 + i * 10, 10), each]), users(1900, 10))
  const {keys} = kept(file, file.indexOf('user:1905') + 8, 'X')
  expect(keys.filter((key) => key.startsWith('\x01'))).toHaveLength(left)
})
