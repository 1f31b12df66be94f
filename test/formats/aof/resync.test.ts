import {expect, test} from '@jest/globals'
import {Resync} from '../../../src/formats/aof/resync.ts'
import {cursorOver, record} from '../../support/aof.ts'
import {bytes} from '../../support/bytes.ts'

const plausible = (name: string, argc: number) => name === 'SET' && argc === 3
const set = (i: number) => record('SET', `key:${i}`, 'v')
const four = bytes(set(1), set(2), set(3), set(4))

/** Offset of the next record, -1 when there is none. */
function find(input: Uint8Array, slotSize = 0x10000): number {
  const c = cursorOver(input, slotSize, slotSize)
  return new Resync(c, plausible).find() ? c.offset : -1
}

test.each([
  {what: 'at once', input: four, at: 0},
  {what: 'behind garbage', input: bytes('garb*ge*3\r\n', four), at: 11},
  {what: 'behind NULs', input: bytes(Buffer.alloc(5000), four), at: 5000},
  {what: 'behind a record of another command', input: bytes(record('XYZ', 'a', 'b'), four), at: 27},
  {what: 'behind a record of wrong arity', input: bytes(record('SET', 'a'), four), at: 20},
  {
    what: 'with annotations between',
    input: bytes('x', set(1), '#TS:1\r\n', set(2), '# x\n', set(3)),
    at: 1,
  },
  {what: 'right before the end', input: bytes('x', set(1)), at: 1},
  {what: 'before a cut record', input: bytes('x', set(1), set(2).subarray(0, 9)), at: 1},
  {what: 'not before more garbage', input: bytes('x', set(1), 'y'), at: -1},
  {what: 'nowhere', input: bytes('garbage'), at: -1},
  {what: 'nowhere in nothing', input: bytes(''), at: -1},
])('records go on $what', ({input, at}) => {
  expect(find(input)).toBe(at)
  expect(find(input, 1)).toBe(at)
  expect(find(input, 64)).toBe(at)
})

test('an input made of nested beginnings does not cost its square', () => {
  // Every argument holds the beginning of a record whose arguments are all that follow.
  const unit = '$20\r\n*9999\r\n$3\r\nSET\r\n$0\r\n\r\n'
  const input = bytes('x', unit.repeat(100_000), 'x')
  expect(find(input)).toBe(-1)
})
