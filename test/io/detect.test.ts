import {describe, expect, test} from '@jest/globals'
import {detectHead, HEAD_SIZE} from '../../src/io/detect.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1')).subarray(0, HEAD_SIZE)

describe('detectHead', () => {
  test.each([
    ['', 'empty'],
    ['REDIS0011\xfa\x09redis-ver', 'rdb'],
    ['VALKEY080\xfa', 'rdb'],
    ['REDIS', 'rdb'],
    ['RFDIS0011\xfa', 'rdb'],
    ['REDIS00\x11\x11\xfa', 'rdb'],
    ['VALKFY081', 'rdb'],
    ['VKCS\x01\x01\0\0', 'vkcs'],
    ['*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n', 'aof'],
    ['#TS:1700000000\r\n*1\r\n', 'aof'],
    ['file a.1.base.rdb seq 1 type b\n', 'manifest'],
    ['file "a b.1.base.rdb" seq 1 type b\n', 'manifest'],
    ['SEQ 1 file a.1.base.rdb type b\n', 'manifest'],
    ['# written by hand\nfile a seq 1 type b\n', 'manifest'],
    ['# a comment and nothing else\n', 'manifest'],
    ['\x1f\x8b\x08\0', 'gz'],
    ['\x28\xb5\x2f\xfd\x04', 'zst'],
    ['\x50\x2a\x4d\x18\x04', 'zst'],
    ['hello', 'unknown'],
    ['REDIS is a database', 'rdb'],
  ])('%j is %s', (text, kind) => {
    expect(detectHead(bytes(text)).kind).toBe(kind)
  })

  test.each([
    ['SQLite format 3\0', /SQLite/],
    ['PK\x03\x04\x14\0', /zip/],
    ['\x7fELF\x02', /program/],
    ['%PDF-1.7\n', /PDF/],
    ['{"a": 1}', /JSON/],
    ['[1, 2]', /JSON/],
    ['dear diary', /text/],
    ['\0'.repeat(64), /NUL bytes/],
    [`dump.rdb${'\0'.repeat(100)}`, /tar/],
    ['\xff\xfe\x01\x02', /no format/],
    ['+OK\r\n', /server replied/],
    ['<html><body>404', /web page/],
  ])('says what %j may be', (text, guess) => {
    expect(detectHead(bytes(text))).toEqual({kind: 'unknown', guess: expect.stringMatching(guess)})
  })
})
