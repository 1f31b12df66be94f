import {describe, expect, test} from '@jest/globals'
import {StreamSplitter} from '../../../src/formats/aof/stream-splitter.ts'

/** Cut a text into commands, in pieces of `step` bytes; each command as its words, and its bytes. */
function cut(stream: string, step: number) {
  const commands: string[] = []
  let counted = 0
  const splitter: StreamSplitter = new StreamSplitter((memory, start, end) => {
    const words = Array.from({length: splitter.argc}, (_, i) =>
      Buffer.from(memory.subarray(splitter.spans[i * 2], splitter.spans[i * 2 + 1])).toString(
        'latin1',
      ),
    )
    commands.push(words.join(' '))
    counted += end - start
  })
  const bytes = Buffer.from(stream, 'latin1')
  for (let at = 0; at < bytes.length; at += step) splitter.feed(bytes.subarray(at, at + step))
  return {commands, counted, held: splitter.held}
}

const SET = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n*1\r\n'
const PING = '*1\r\n$4\r\nping\r\n'

describe.each([1, 2, 64])('a stream in pieces of %i bytes', (step) => {
  test('comes out as its commands, empty lines between them count nowhere', () => {
    const {commands, counted, held} = cut(`\n${PING}\n\n${SET}${PING}`, step)
    expect(commands).toEqual(['ping', 'SET k a\r\n*1', 'ping'])
    expect(counted).toBe(SET.length + 2 * PING.length)
    expect(held).toBe(0)
  })

  test('keeps what has only begun', () => {
    expect(cut(`${PING}${SET.slice(0, 20)}`, step)).toEqual({
      commands: ['ping'],
      counted: 14,
      held: 20,
    })
  })

  test('takes more words than anybody expects, and empty ones', () => {
    const words = Array.from({length: 300}, (_, i) => `$${String(i).length}\r\n${i}\r\n`).join('')
    const {commands} = cut(`*301\r\n${words}$0\r\n\r\n`, step)
    expect(commands[0].split(' ')).toHaveLength(301)
    expect(commands[0].endsWith('299 ')).toBe(true)
  })

  test('goes on from the beginning of a command after a reset', () => {
    const seen: number[] = []
    const splitter = new StreamSplitter((_memory, start, end) => seen.push(end - start))
    splitter.feed(Buffer.from(SET.slice(0, 25)))
    splitter.reset()
    splitter.feed(Buffer.from(SET))
    expect(seen).toEqual([SET.length])
  })

  test.each([
    ['-ERR no', 0],
    ['*0\r\n', 0],
    ['*-1\r\n', 0],
    [`${PING}*1\r\n:4\r\n`, 18],
    ['*99999999999\r\n', 0],
    ['*1\r\n$9999999999\r\n', 4],
    ['*1\r\n$1\r\nabc\r\n', 4],
    ['*1\r$1', 0],
    ['*\r\n', 0],
  ])('%j is no command', (stream, offset) => {
    expect(() => cut(stream, step)).toThrow(expect.objectContaining({code: 'RESP', offset}))
  })
})

test('a length of two gigabytes takes no memory before its bytes come', () => {
  const before = process.memoryUsage().arrayBuffers
  expect(cut('*2147483647\r\n$2147483647\r\nabc', 64).held).toBe(29)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20)
})
