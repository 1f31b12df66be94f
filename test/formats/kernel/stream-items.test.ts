import {expect, test} from '@jest/globals'
import {ENGINE_HEAP, REG_OUT, REGISTERS} from '../../../src/formats/kernel/layout.ts'
import {ListpackEncoder} from '../../../src/formats/packed/listpack.ts'
import {bytes, resp, u64be} from '../../support/bytes.ts'
import {kernel} from '../../support/kernel.ts'

const memory = new Uint8Array(kernel.memory.buffer)
const view = new DataView(kernel.memory.buffer)
const KEY = ENGINE_HEAP
const ID = KEY + 0x100
const NODE = KEY + 0x200
const OUT = KEY + 0x10000

function put(...elements: readonly (string | number)[]): number {
  const encoder = new ListpackEncoder()
  for (const each of elements) {
    const text = Buffer.from(String(each), 'latin1')
    encoder.append(text, 0, text.length)
  }
  encoder.finish()
  memory.set(bytes('key'), KEY)
  memory.set(bytes(u64be(1000), u64be(7)), ID)
  memory.set(encoder.out.bytes.subarray(0, encoder.out.length), NODE)
  return NODE + encoder.out.length
}

/** Two with the fields of the master, one with its own, one that was deleted; a difference of sequences is below zero. */
const MIXED = [
  ...[3, 1, 2, 'temp', 12, 0],
  ...[2, 0, 0, '21.5', -4, 5],
  ...[3, 1, 0, 'gone', 'gone', 5],
  ...[0, 5, -7, 1, 'own', 'x'.repeat(70), 6],
  ...[2, 5, 1, '', 40000, 5],
]
const COMMANDS = [
  resp('XADD', 'key', '1000-7', 'temp', '21.5', '12', '-4'),
  resp('XADD', 'key', '1005-0', 'own', 'x'.repeat(70)),
  resp('XADD', 'key', '1005-8', 'temp', '', '12', '40000'),
]

const written = (end: number, from: number, room: number): [next: number, text: string] => {
  const next = kernel.streamNodeCommands(NODE, end, ID, KEY, KEY + 3, from, OUT, OUT + room)
  const outEnd = view.getUint32(REGISTERS + REG_OUT, true)
  return [next, Buffer.from(memory.slice(OUT, outEnd)).toString('latin1')]
}

test('live entries become commands, with the fields of the first one or their own', () => {
  const end = put(...MIXED)
  expect(kernel.streamNodeCheck(NODE, end, ID)).toBe(0)
  expect(written(end, 0, 0x10000)).toEqual([3, bytes(...COMMANDS).toString('latin1')])
})

test('those that do not fit come with the next call', () => {
  const end = put(...MIXED)
  let all = ''
  const stops: number[] = []
  for (let next = 0, last = -1; next !== last; ) {
    last = next
    const [until, text] = written(end, next, 180)
    all += text
    next = until
    stops.push(next)
  }
  expect(stops).toEqual([1, 2, 3, 3])
  expect(all).toBe(bytes(...COMMANDS).toString('latin1'))
})

test('ids of live entries', () => {
  const end = put(...MIXED)
  const behind = kernel.streamNodeIds(NODE, end, ID, OUT)
  const ids = [u64be(1000), u64be(7), u64be(1005), u64be(0), u64be(1005), u64be(8)]
  expect(Buffer.from(memory.slice(OUT, behind))).toEqual(bytes(...ids))
})
