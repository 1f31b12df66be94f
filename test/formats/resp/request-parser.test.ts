import {describe, expect, test} from '@jest/globals'
import {Request, RequestParser} from '../../../src/formats/resp/request-parser.ts'

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** All commands in a text, fed in pieces; an error ends them. */
function commandsOf(text: string, step: number, stranger = false): (string[] | string)[] {
  const parser = new RequestParser()
  parser.stranger = stranger
  const all: (string[] | string)[] = []
  for (let at = 0; at < text.length; at += step) {
    parser.feed(latin1(text.slice(at, at + step)))
    for (;;) {
      const found = parser.next()
      if (found === Request.MORE) break
      if (found === Request.ERROR) return [...all, parser.error]
      const {memory, starts, ends, argc} = parser
      const word = (i: number) => Buffer.from(memory.slice(starts[i], ends[i])).toString('latin1')
      all.push(Array.from({length: argc}, (_, i) => word(i)))
    }
  }
  return all
}

describe.each([1, 2, 7, 100000])('requests in pieces of %i bytes', (step) => {
  test.each([
    ['arrays', '*2\r\n$3\r\nGET\r\n$2\r\na\r\r\n*1\r\n$4\r\nPING\r\n', [['GET', 'a\r'], ['PING']]],
    ['lines', 'GET a\r\nPING\n\r\n\r\n  get  b \r\n', [['GET', 'a'], ['PING'], ['get', 'b']]],
    ['quotes', 'SET "a\\x00\\n" \'b\\\'c\' ""\r\n', [['SET', 'a\0\n', "b'c", '']]],
    ['nothing at all', '*0\r\n*-1\r\nPING\r\n', [['PING']]],
    ['an open quote', 'GET "a\r\n', ['ERR Protocol error: unbalanced quotes in request']],
    ['a wrong count', '*x\r\n', ['ERR Protocol error: invalid multibulk length']],
    ['too many arguments', '*1048577\r\n', ['ERR Protocol error: invalid multibulk length']],
    ['a wrong mark', '*1\r\nGET\r\n', ["ERR Protocol error: expected '$', got 'G'"]],
    ['a negative length', '*1\r\n$-5\r\n', ['ERR Protocol error: invalid bulk length']],
    ['a length over 512 MB', '*1\r\n$536870913\r\n', ['ERR Protocol error: invalid bulk length']],
    [
      'a huge length',
      '*1\r\n$99999999999999999999\r\n',
      ['ERR Protocol error: invalid bulk length'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(commandsOf(text, step)).toEqual(expected)
  })

  test('who has not logged in may send little', () => {
    expect(commandsOf('*11\r\n', step, true)).toEqual([
      'ERR Protocol error: unauthenticated multibulk length',
    ])
    expect(commandsOf('*1\r\n$16385\r\n', step, true)).toEqual([
      'ERR Protocol error: unauthenticated bulk length',
    ])
  })
})

test.each([
  ['a line', 'a'.repeat(70000), 'ERR Protocol error: too big inline request'],
  ['a count', `*${'1'.repeat(70000)}`, 'ERR Protocol error: too big mbulk count string'],
  ['a length', `*1\r\n$${'1'.repeat(70000)}`, 'ERR Protocol error: too big bulk count string'],
])('%s of more than 64 KB is refused before it ends', (_name, text, error) => {
  expect(commandsOf(text, 16384)).toEqual([error])
})

test('an argument that is only promised takes no room', () => {
  const parser = new RequestParser()
  parser.feed(latin1('*2\r\n$3\r\nGET\r\n$536870912\r\nabc'))
  expect(parser.next()).toBe(Request.MORE)
  parser.feed(latin1('abc'))
  expect(parser.next()).toBe(Request.MORE)
  expect(parser.held).toBeLessThan(100000)
})
