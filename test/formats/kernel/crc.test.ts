import {describe, expect, test} from '@jest/globals'
import {createKernelOn} from '../../../src/formats/kernel/kernel.ts'
import {CRC_TABLES, REG_CRC, REG_CRC_NEXT, WINDOW} from '../../../src/formats/kernel/layout.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'
import {kernel, MEMORY_END, memory, register64, setRegister64, view} from './arena.ts'

const REVERSED = 0x95ac9329ac4bc9b5n

/** One bit at a time, as the definition has it. */
function slowCrc(crc: bigint, bytes: Uint8Array): bigint {
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? REVERSED : 0n)
  }
  return crc
}

function crc(start: number, end: number, initial = 0n): bigint {
  setRegister64(REG_CRC, initial)
  kernel.crcUpdate(start, end)
  return register64(REG_CRC)
}

/** The same bytes on every run: a linear congruential generator. */
function fillWindow(end: number): void {
  for (let at = WINDOW, state = 1; at < end; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    memory[at] = state >>> 24
  }
}

describe('crcUpdate', () => {
  test.each([
    {text: '', expected: 0n},
    {text: 'a', expected: 0x5fb354025b277b14n},
    {text: '123456789', expected: 0xe9c6d914c4b8d9can},
  ])('of "$text" is the published value', ({text, expected}) => {
    memory.set(Buffer.from(text), WINDOW)
    expect(crc(WINDOW, WINDOW + text.length)).toBe(expected)
  })

  test('fills its first table with the published values', () => {
    expect(view.getBigUint64(CRC_TABLES + 8, true)).toBe(0x7ad870c830358979n)
    expect(view.getBigUint64(CRC_TABLES + 255 * 8, true)).toBe(0x29b7d047efec8728n)
  })

  test('agrees with the definition at every length to 100 and around every change of method', () => {
    fillWindow(WINDOW + 70000)
    const edges = [6171, 6172, 12287, 12288, 12289, 12303, 16384 + 6171, 16384 + 6236, 40001, 65536]
    for (const length of [...Array(100).keys(), ...edges]) {
      for (const start of [WINDOW, WINDOW + 3]) {
        const expected = slowCrc(0x123456789abcdef0n, memory.slice(start, start + length))
        expect([length, crc(start, start + length, 0x123456789abcdef0n)]).toEqual([
          length,
          expected,
        ])
      }
    }
  })

  test('gives the same result in one piece and in two, and reads nothing behind the end', () => {
    fillWindow(MEMORY_END)
    const whole = crc(WINDOW, MEMORY_END)
    for (const cut of [1, 100, 12288, 65536, 1000001]) {
      expect(crc(WINDOW + cut, MEMORY_END, crc(WINDOW, WINDOW + cut))).toBe(whole)
    }
  })

  test('is the same from a second instance over the same memory', () => {
    fillWindow(WINDOW + 1000)
    const expected = crc(WINDOW, WINDOW + 1000)
    createKernelOn(loadKernelModule(), kernel.memory)
    expect(crc(WINDOW, WINDOW + 1000)).toBe(expected)
  })
})

test('the folding polynomial is a multiple of the CRC polynomial', () => {
  // Powers of x modulo the polynomial, not reversed.
  let power = 1n
  let sum = 0n
  for (let exponent = 0; exponent <= 6172; exponent++) {
    if ([0, 435, 592, 4284, 4982, 5192, 6172].includes(exponent)) sum ^= power
    power <<= 1n
    if (power >> 64n) power ^= (1n << 64n) | 0xad93d23594c935a9n
  }
  expect(sum).toBe(0n)
})

describe('crcCombine', () => {
  test('joins two blocks as if they had been one', () => {
    fillWindow(WINDOW + 50000)
    const whole = crc(WINDOW, WINDOW + 50000)
    for (const length of [0, 1, 7, 8, 255, 4096, 4096, 33333, 50000]) {
      const cut = WINDOW + 50000 - length
      const second = crc(cut, WINDOW + 50000)
      crc(WINDOW, cut)
      setRegister64(REG_CRC_NEXT, second)
      kernel.crcCombine(length, 0)
      expect([length, register64(REG_CRC)]).toEqual([length, whole])
    }
  })

  test('takes lengths beyond 32 bits: advancing in two steps or one is the same', () => {
    setRegister64(REG_CRC_NEXT, 0n)
    setRegister64(REG_CRC, 0x0123456789abcdefn)
    kernel.crcCombine(5, 3)
    const once = register64(REG_CRC)
    setRegister64(REG_CRC, 0x0123456789abcdefn)
    for (let i = 0; i < 3; i++) {
      kernel.crcCombine(0xffffffff, 0)
      kernel.crcCombine(1, 0)
    }
    kernel.crcCombine(5, 0)
    expect(register64(REG_CRC)).toBe(once)
  })
})
