import {describe, expect, test} from '@jest/globals'
import fc from 'fast-check'
import {REG_AUX, REGISTERS} from '../../../src/formats/kernel/layout.ts'
import {everywhere, kernel, register, view} from './arena.ts'

const spanInt = (text: string) =>
  everywhere(Buffer.from(text, 'latin1'), (start, end) =>
    kernel.spanInt(start, end) === 0 ? null : view.getBigInt64(REGISTERS + REG_AUX, true),
  )

/** The number, or null when TypeScript has to parse the text. */
const textDouble = (text: string) =>
  everywhere(Buffer.from(text, 'latin1'), (start, end) => {
    const value = kernel.textDouble(start, end)
    return register(REG_AUX) === 0 ? value : null
  })

describe('spanInt', () => {
  test.each([
    '0',
    '1',
    '-1',
    '9',
    '10',
    '127',
    '1234567890123456789',
    '9223372036854775807',
    '-9223372036854775808',
    '-9223372036854775807',
    '1000000000000000000',
    '-1000000000000000000',
  ])('%s is canonical', (text) => {
    expect(spanInt(text)).toBe(BigInt(text))
  })

  test.each([
    '',
    '-',
    '-0',
    '00',
    '01',
    '-01',
    '+1',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '9223372036854775808',
    '-9223372036854775809',
    '99999999999999999999',
    '18446744073709551616',
    '123456789012345678901',
    'a',
    '1a',
    '1/',
    '1:',
  ])('"%s" is not', (text) => {
    expect(spanInt(text)).toBeNull()
  })

  test('accepts all 64-bit integers, and only their canonical text', () => {
    fc.assert(
      fc.property(fc.bigInt({min: -(2n ** 70n), max: 2n ** 70n}), fc.boolean(), (value, small) => {
        const n = small ? BigInt.asIntN(64, value) : value
        expect(spanInt(String(n))).toBe(BigInt.asIntN(64, n) === n ? n : null)
      }),
      {numRuns: 500},
    )
  })
})

describe('textDouble', () => {
  test.each([
    '0',
    '-0',
    '1',
    '-1',
    '2.5',
    '.5',
    '5.',
    '+7',
    '1e22',
    '1E-22',
    '123456789012345',
    '0.000001',
    '-1e10',
    '1.50',
    '3.14159',
  ])('%s is exact', (text) => {
    expect(textDouble(text)).toBe(Number(text))
  })

  test.each([
    '0.10000000000000001',
    '1e23',
    '1e-23',
    '1234567890123456',
    'inf',
    '-inf',
    'Infinity',
    'nan',
    '',
    '-',
    '.',
    'e5',
    '1e',
    '1e+',
    '1 ',
    ' 1',
    '1.2.3',
    '0x10',
    '1,5',
    'x',
    '--1',
    '1e5.',
    '123456789012345678901234567890',
    '1e99999999999999999999',
  ])('"%s" is left to TypeScript', (text) => {
    expect(textDouble(text)).toBeNull()
  })

  test('is never wrong about what JavaScript can parse', () => {
    const decimal = fc.tuple(
      fc.integer({min: -1e9, max: 1e9}),
      fc.nat(99999),
      fc.integer({min: -30, max: 30}),
    )
    fc.assert(
      fc.property(decimal, fc.nat(3), ([whole, fraction, exponent], form) => {
        const text = [
          `${whole}`,
          `${whole}.${fraction}`,
          `${whole}e${exponent}`,
          `${whole}.${fraction}e${exponent}`,
        ][form]
        const value = textDouble(text)
        if (value !== null) expect(value).toBe(Number(text))
        if (form < 2) expect(value).not.toBeNull()
      }),
      {numRuns: 2000},
    )
  })
})
