import {describe, expect, test} from '@jest/globals'
import {countText, parseSize, plural, sizeText} from '../src/sizes.ts'

describe('a size', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [1288490189, '1.2 GiB'],
    [2 ** 53 - 1, '8.0 PiB'],
  ])('of %d bytes reads %s', (bytes, text) => {
    expect(sizeText(bytes, false)).toBe(text)
  })

  test('is exact when asked for', () => {
    expect(sizeText(1288490189, true)).toBe('1288490189')
  })

  test.each([
    ['0', 0],
    ['500', 500],
    ['1k', 1000],
    ['1kb', 1024],
    ['1KiB', 1024],
    ['1.5gb', 1610612736],
    ['2G', 2e9],
    ['', null],
    ['1t', null],
    ['-1', null],
    ['1e3', null],
    ['99999999999999999', null],
    ['1ib', null],
  ])('%j is read as redis.conf reads it: %p', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })
})

describe('a count', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [18204, '18,204'],
    [1234567890, '1,234,567,890'],
  ])('of %d reads %s', (count, text) => {
    expect(countText(count)).toBe(text)
  })

  test('has its word', () => {
    expect([plural(1, 'key'), plural(0, 'key'), plural(1000, 'entry', 'entries')]).toEqual([
      '1 key',
      '0 keys',
      '1,000 entries',
    ])
  })
})
