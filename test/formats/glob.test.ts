import {describe, expect, test} from '@jest/globals'
import {Glob, isPattern} from '../../src/formats/glob.ts'
import {serverProgram, startServer} from '../support/server.ts'

const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1')

function matches(pattern: string, text: string): boolean {
  // Bytes around the span must not count.
  const memory = latin(`a${text}b`)
  return new Glob(latin(pattern)).matches(memory, 1, memory.length - 1)
}

const PATTERNS = [
  '*',
  '?',
  '',
  'a',
  'a*',
  '*a',
  '*a*',
  'a*b*c',
  '***a',
  'a?c',
  '[abc]',
  '[a-c]x',
  '[c-a]x',
  '[^a-c]',
  '[^',
  '[',
  '[a',
  '[a-',
  '[a-]',
  '[]a]',
  '[^]a',
  'x[\\]]',
  'x[\\^]',
  '\\*',
  'a\\',
  '\\\\',
  '*\\?',
  '[\\]-z]',
  '\xff*',
  '[\x80-\xff]',
]
const TEXTS = [
  'a',
  'b',
  'c',
  'abc',
  'aXbYc',
  'ax',
  'bx',
  'x]',
  'x^',
  '*',
  '?a',
  'a?',
  'a\\',
  '\\',
  '[',
  ']a',
  ']',
  '-',
  'z',
  '\xff',
  '\xffa',
  '\x80',
  'aaaaab',
  'a\nc',
]

test.each([
  ['user:*', 'user:42', true],
  ['user:*', 'users:42', false],
  ['h[^e]llo', 'hallo', true],
  ['h[^e]llo', 'hello', false],
  ['', '', true],
])('%s and %s: %s', (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected)
})

const live = serverProgram() ? describe : describe.skip

live('compared with KEYS of a server', () => {
  test('every pattern matches the same keys', async () => {
    const server = await startServer({args: ['--save', '']})
    try {
      for (const text of TEXTS) await server.client.command('SET', latin(text), '1')
      const differ: string[] = []
      for (const pattern of PATTERNS) {
        const reply = (await server.client.command('KEYS', latin(pattern))) as Buffer[]
        const theirs = reply.map((key) => key.toString('latin1')).sort()
        const ours = TEXTS.filter((text) => matches(pattern, text)).sort()
        if (String(theirs) !== String(ours)) differ.push(`${pattern}: ${theirs} / ${ours}`)
      }
      expect(differ).toEqual([])
    } finally {
      await server.stop()
    }
  })
})

test('many stars on a long text end soon', () => {
  const steps = new Glob(latin(`${'a*'.repeat(200)}b`))
  const text = latin('a'.repeat(100_000))
  expect(steps.matches(text, 0, text.length)).toBe(false)
})

test.each([
  ['user:', false],
  ['user:*', true],
  ['a[b]', true],
  ['a\\b', true],
])('%s is a pattern: %s', (text, expected) => {
  expect(isPattern(latin(text))).toBe(expected)
})
