import {describe, expect, test} from '@jest/globals'
import {REG_AUX, REG_COUNT, WINDOW} from '../../../src/formats/kernel/layout.ts'
import {type Item, intset, listpack} from '../../support/packed.ts'
import {type Random, seeded} from '../../support/random.ts'
import {kernel, memory, put, readAll, register, untouched} from './arena.ts'
import {ITEMS} from './packed.ts'

const NEEDLE = WINDOW + 0x200000
const TEXTS = [...ITEMS.map(String), '-0', '00', '+1', '1 ', '9223372036854775808', '-']

/** Where the bytes of a text lie. */
function needle(text: string): [number, number] {
  memory.set(Buffer.from(text, 'latin1'), NEEDLE)
  return [NEEDLE, NEEDLE + text.length]
}

/** The item that a server makes of a text. */
const item = (text: string): Item =>
  /^(0|-?[1-9]\d*)$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
    ? BigInt(text)
    : text

function spanText(entry: number): string {
  kernel.packedSpan(entry)
  return Buffer.from(memory.slice(register(REG_AUX), register(REG_AUX + 4))).toString('latin1')
}

/** The listpack holds the texts, in the bytes that a server would have. */
function expectListpack(block: number, size: number, texts: readonly string[]): void {
  const blob = memory.slice(block, block + size)
  if (kernel.listpackCheck(block, block + size, 0, 0) !== 0) throw new Error('it is not sound')
  if (Buffer.compare(blob, listpack(texts.map(item))) !== 0) {
    throw new Error(`it holds ${readAll(kernel.listpackRead, block + 6, block + size, 64)}`)
  }
}

function randomText(random: Random): string {
  const kind = random.int(4)
  if (kind === 0) return random.pick(TEXTS)
  if (kind === 1) return String(random.int(1000))
  return `${'v'.repeat(random.int(kind === 2 ? 10 : 150))}${random.int(20)}`
}

describe('a listpack that is edited', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('holds what an array does, run %i', (seed) => {
    const random = seeded(seed)
    const texts: string[] = []
    const [block] = put(new Uint8Array(400_000))
    let size = kernel.packedInit(block)
    for (let step = 0; step < 600; step++) {
      const index = random.int(texts.length + 1)
      const at = kernel.packedAt(block, index)
      if (random.int(10) < 5 || texts.length < 3) {
        const text = randomText(random)
        const remove = Math.min(random.int(4) === 0 ? random.int(3) : 0, texts.length - index)
        const where = index === texts.length ? [0, block + size - 1][random.int(2)] : at
        const room = [0, 1, 2]
          .slice(0, remove)
          .reduce((sum, i) => sum + roomOf(texts[index + i]), 0)
        const [from, to] = needle(text)
        const grown = size - room + kernel.packedNeeds(from, to)
        expect(kernel.packedPut(block, where, remove, from, to, grown - 1)).toBe(0)
        size = kernel.packedPut(block, where, remove, from, to, grown)
        expect(size).toBe(grown)
        texts.splice(index, remove, text)
      } else {
        const count = Math.min(random.int(3), texts.length - index)
        size = kernel.packedDelete(block, index === texts.length ? block + size - 1 : at, count)
        texts.splice(index, count)
      }
      expectListpack(block, size, texts)
      expect(kernel.packedSize(block)).toBe(texts.length)
    }
    expect(untouched(block, block + 400_000, 0xa5)).toBe(true)
  })

  const roomOf = (text: string): number => kernel.packedNeeds(...needle(text))

  test('is walked from either end', () => {
    const blob = listpack(ITEMS)
    const [block, end] = put(blob)
    let at = block + 6
    ITEMS.forEach((each, i) => {
      expect(kernel.packedAt(block, i)).toBe(at)
      expect(kernel.packedAt(block, i - ITEMS.length)).toBe(at)
      expect(spanText(at)).toBe(String(each))
      const next = kernel.packedNext(at)
      expect(kernel.packedPrev(block, next)).toBe(at)
      at = next
    })
    expect(at).toBe(end - 1)
    expect(kernel.packedAt(block, ITEMS.length)).toBe(0)
    expect(kernel.packedAt(block, -ITEMS.length - 1)).toBe(0)
    expect(kernel.packedPrev(block, block + 6)).toBe(0)
  })

  test('finds every entry, by position and text', () => {
    for (const step of [1, 2, 3]) {
      const [block, end] = put(listpack(ITEMS))
      ITEMS.forEach((each, i) => {
        const found = kernel.packedFind(block, end, step, ...needle(String(each)))
        expect(found).toBe(i % step === 0 ? kernel.packedAt(block, i) : 0)
        if (found !== 0) expect(kernel.packedEquals(found, ...needle(String(each)))).toBe(1)
      })
      for (const text of ['-0', '00', '+1', '9223372036854775808', 'xx', 'y'.repeat(63)]) {
        expect(kernel.packedFind(block, end, step, ...needle(text))).toBe(0)
        expect(kernel.packedEquals(block + 6, ...needle(text))).toBe(0)
      }
    }
  })

  test('takes the text 5 for the integer 5, and goes on behind it', () => {
    const text = [0x81, 0x35, 0x02]
    const [block, end] = put(Uint8Array.from([0x0e, 0, 0, 0, 3, 0, 5, 1, ...text, 5, 1, 0xff]))
    const seen: number[] = []
    for (let at = block + 6; ; at = kernel.packedNext(at)) {
      at = kernel.packedFindFrom(at, 1, ...needle('5'))
      if (at === 0) break
      seen.push(at - block)
    }
    expect(seen).toEqual([6, 8, 11])
    expect(end - block).toBe(14)
  })

  test.each([16377, 16378, 16379])(
    'steps over a text of %i, in either way of writing it',
    (length) => {
      const [block] = put(listpack(['a', 'x'.repeat(length), 'b']))
      expect(spanText(kernel.packedAt(block, -1))).toBe('b')
      expect(spanText(kernel.packedPrev(block, kernel.packedAt(block, -2)))).toBe('a')
      if (length !== 16378) return
      // A size of 16383 in two bytes, as Valkey 9.1 writes it.
      const blob = listpack(['a', 'x'.repeat(length), 'b'])
      const short = Buffer.concat([
        blob.subarray(0, 9 + 16383),
        Buffer.from([0x7f, 0xff]),
        blob.subarray(9 + 16386),
      ])
      short.writeUInt32LE(short.length)
      const [start, end] = put(short)
      expect(kernel.listpackCheck(start, end, 0, 0)).toBe(0)
      expect(spanText(kernel.packedNext(kernel.packedAt(start, 1)))).toBe('b')
      expect(spanText(kernel.packedPrev(start, end - 1))).toBe('b')
      expect(kernel.packedPrev(start, kernel.packedAt(start, 2))).toBe(start + 9)
    },
  )

  test('stops counting at 65535 entries, and counts anew when they are fewer', () => {
    const [block] = put(new Uint8Array(300_000))
    const texts = Array.from({length: 65534}, (_, i) => String(i % 100))
    memory.set(listpack(texts.map(item)), block)
    for (const text of ['7', '8', '9']) kernel.packedPut(block, 0, 0, ...needle(text), 300_000)
    texts.push('7', '8', '9')
    expect(kernel.packedSize(block)).toBe(65537)
    const size = kernel.packedDelete(block, block + 6, 4)
    expect(kernel.packedSize(block)).toBe(65533)
    expectListpack(block, size, texts.slice(4))
  })
})

describe('an intset that is edited', () => {
  const WIDE = [0, 1, -1, 32767, 32768, -32768, -32769, 2147483647, 2147483648, -2147483649]
  const MEMBERS = [...WIDE.map(String), '9223372036854775807', '-9223372036854775808']

  test.each([1, 2, 3])('holds what a set does, run %i', (seed) => {
    const random = seeded(seed)
    const set = new Set<string>()
    const [block] = put(new Uint8Array(20_000))
    let size = kernel.intsetInit(block)
    let width = 2
    for (let step = 0; step < 1500; step++) {
      const wide = random.int(step < 500 ? 1000 : 30) === 0
      const text = wide ? random.pick(MEMBERS) : String(random.int(400) - 200)
      const [from, to] = needle(text)
      expect(kernel.intsetFind(block, from, to) !== 0).toBe(set.has(text))
      if (random.int(3) > 0) {
        const needs = kernel.intsetNeeds(block, from, to)
        expect(kernel.intsetAdd(block, from, to, needs - 1)).toBe(set.has(text) ? 1 : 0)
        const grown = kernel.intsetAdd(block, from, to, needs)
        expect(grown).toBe(set.has(text) ? 1 : needs)
        if (!set.has(text)) size = grown
        set.add(text)
        width = Math.max(width, widthOf(BigInt(text)))
      } else {
        const rest = kernel.intsetRemove(block, from, to)
        expect(rest !== 0).toBe(set.delete(text))
        if (rest !== 0) size = rest
      }
      if (step % 10 === 0) expectIntset(block, size, set, width)
    }
    expect(untouched(block, block + 20_000, 0xa5)).toBe(true)
  })

  function expectIntset(block: number, size: number, set: Set<string>, width: number): void {
    const sorted = [...set].map(BigInt).sort((a, b) => (a < b ? -1 : 1))
    const blob = memory.slice(block, block + size)
    expect(Buffer.compare(blob, intset(sorted, width as 2))).toBe(0)
    if (set.size === 0) return
    expect(kernel.intsetCheck(block, block + size)).toBe(0)
    expect(register(REG_COUNT)).toBe(set.size)
  }

  const widthOf = (value: bigint): number =>
    BigInt.asIntN(16, value) === value ? 2 : BigInt.asIntN(32, value) === value ? 4 : 8

  test.each(['', 'a', '-0', '01', '1 ', '9223372036854775808'])('takes no %p', (text) => {
    const [block] = put(new Uint8Array(100))
    kernel.intsetInit(block)
    expect(kernel.intsetAdd(block, ...needle(text), 100)).toBe(2)
    expect(kernel.intsetFind(block, ...needle(text))).toBe(0)
    expect(kernel.intsetRemove(block, ...needle(text))).toBe(0)
  })
})
