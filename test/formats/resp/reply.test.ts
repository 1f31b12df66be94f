import {describe, expect, test} from '@jest/globals'
import {FormatError} from '../../../src/formats/errors.ts'
import {type Reply, ReplyDecoder} from '../../../src/formats/resp/reply.ts'
import {bytes} from '../../support/bytes.ts'

/** Replies and pushes of a text that comes `step` bytes at a time. */
function decode(text: string, step: number): {replies: Reply[]; pushes: Reply[][]} {
  const replies: Reply[] = []
  const pushes: Reply[][] = []
  const decoder = new ReplyDecoder({
    reply: (reply) => void replies.push(reply),
    push: (push) => void pushes.push(push),
  })
  const input = bytes(text)
  for (let at = 0; at < input.length; at += step) decoder.feed(input.subarray(at, at + step))
  return {replies, pushes}
}

const REPLIES: [text: string, reply: Reply][] = [
  ['+OK\r\n', 'OK'],
  ['+\r\n', ''],
  ['-WRONGTYPE no\r\n', {error: 'WRONGTYPE no'}],
  [':42\r\n', 42],
  [':-9223372036854775808\r\n', -9223372036854775808n],
  ['$5\r\nab\r\nc\r\n', bytes('ab\r\nc')],
  ['$0\r\n\r\n', new Uint8Array(0)],
  ['$-1\r\n', null],
  ['*-1\r\n', null],
  ['*0\r\n', []],
  ['*3\r\n:1\r\n*1\r\n+a\r\n$-1\r\n', [1, ['a'], null]],
  ['_\r\n', null],
  ['#t\r\n', true],
  ['#f\r\n', false],
  [',-inf\r\n', Number.NEGATIVE_INFINITY],
  [',3.5\r\n', 3.5],
  ['(12345678901234567890\r\n', 12345678901234567890n],
  ['!5\r\nERR x\r\n', {error: 'ERR x'}],
  ['=7\r\ntxt:abc\r\n', bytes('abc')],
  ['%1\r\n+k\r\n:1\r\n', ['k', 1]],
  ['~2\r\n:1\r\n:2\r\n', [1, 2]],
  ['|1\r\n+ttl\r\n:3\r\n:7\r\n', 7],
]

describe.each([1, 2, 64])('replies in chunks of %i', (step) => {
  test.each(REPLIES)('%j', (text, reply) => {
    expect(decode(text + text, step).replies).toEqual([reply, reply])
  })

  test('a push is no reply', () => {
    const {replies, pushes} = decode('>2\r\n+invalidate\r\n:1\r\n+OK\r\n', step)
    expect({replies, pushes}).toEqual({replies: ['OK'], pushes: [['invalidate', 1]]})
  })

  test.each([
    ['HTTP/1.1 400 Bad Request\r\n', 0],
    ['+OK\r\n?\r\n', 5],
    ['$x\r\n', 0],
    ['$-2\r\n', 0],
    [':1.5\r\n', 0],
    ['+OK\n', 0],
    ['$1\r\nab\r\n', 0],
    ['$99999999999\r\n', 0],
  ])('%j is refused', (text, offset) => {
    const refusal = expect.objectContaining({code: 'RESP', offset})
    expect(() => decode(text, step)).toThrow(refusal)
  })
})

test('a reply nested without end is refused', () => {
  expect(() => decode('*1\r\n'.repeat(1000), 64)).toThrow(FormatError)
})

test('a line without end is refused before it fills the memory', () => {
  expect(() => decode(`+${'x'.repeat(100000)}`, 4096)).toThrow(FormatError)
})
