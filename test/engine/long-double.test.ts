import {expect, test} from '@jest/globals'
import {addLongDouble, isLongDouble, isNotFinite} from '../../src/engine/long-double.ts'

// What redis-server 7.0.15 (x86-64) makes of INCRBYFLOAT, or glibc 2.36 of the same sum and "%.17Lf".
test.each<[a: string, b: string, sum: string | null]>([
  ['0', '0', '0'],
  ['-0', '-0', '0'],
  ['0.1', '0.2', '0.3'],
  ['10.5', '0.1', '10.6'],
  ['3.0e3', '200', '3200'],
  ['5.0e3', '-5000', '0'],
  ['.5', '5.', '5.5'],
  ['+1', '0x10', '17'],
  ['0X1.8p3', '0', '12'],
  ['0', '-1e-30', '0'],
  ['0', '1e-17', '0.00000000000000001'],
  ['0', '6e-18', '0.00000000000000001'],
  ['0', '5e-18', '0'],
  ['0.123456789012345678', '0', '0.12345678901234568'],
  ['18446744073709551615', '0', '18446744073709551615'],
  ['18446744073709551615', '2', '18446744073709551616'],
  ['9223372036854775807', '0.5', '9223372036854775807.5'],
  ['1e20', '0.5', '100000000000000000000'],
  ['0e99999999999999999999', '1', '1'],
  ['inf', '1', 'inf'],
  ['-Infinity', '1', '-inf'],
  ['inf', '-inf', 'nan'],
  ['0x1.fffffffffffffffep16383', '0x1.fffffffffffffffep16383', 'inf'],
  ['', '1', null],
  ['.', '1', null],
  [' 1', '1', null],
  ['1 ', '1', null],
  ['1e', '1', null],
  ['0x', '1', null],
  ['1,5', '1', null],
  ['nan', '1', null],
  ['1e4933', '1', null],
  ['1e-5000', '1', null],
  ['1e-99999999999', '1', null],
  [`1${'0'.repeat(5119)}`, '1', null],
])('%s + %s = %s', (a, b, sum) => {
  expect(addLongDouble(a, b)).toBe(sum)
  expect(addLongDouble(b, a)).toBe(sum)
})

test('the largest number keeps all its digits', () => {
  const sum = String(addLongDouble('0x1.fffffffffffffffep16383', '0'))
  expect(sum).toHaveLength(4933)
  expect(sum.slice(0, 30)).toBe('118973149535723176502126385303')
})

test('the smallest number is one, half of it is none', () => {
  expect(isLongDouble('0x1p-16445')).toBe(true)
  expect(isLongDouble('0x1p-16446')).toBe(false)
})

test.each([
  ['inf', true],
  ['-Infinity', true],
  ['+INF', true],
  ['nan', true],
  ['1e5', false],
  ['-0.5', false],
])('%s is not finite: %s', (text, expected) => {
  expect(isNotFinite(text)).toBe(expected)
})
