import {describe, expect, test} from '@jest/globals'
import {type ColorChoice, PLAIN, paintFor, wantsColor} from '../../src/ui/color.ts'

describe('colour', () => {
  const rows: [ColorChoice, Record<string, string>, boolean, boolean][] = [
    ['always', {NO_COLOR: '1', TERM: 'dumb'}, false, true],
    ['never', {FORCE_COLOR: '1'}, true, false],
    ['auto', {}, true, true],
    ['auto', {}, false, false],
    ['auto', {NO_COLOR: '1'}, true, false],
    ['auto', {NO_COLOR: ''}, true, true],
    ['auto', {TERM: 'dumb'}, true, false],
    ['auto', {FORCE_COLOR: '1', NO_COLOR: '1'}, false, true],
    ['auto', {FORCE_COLOR: '0'}, true, false],
  ]
  test.each(rows)('--color=%s with %j on a terminal: %p is %p', (choice, env, tty, wanted) => {
    expect(wantsColor(choice, env, tty)).toBe(wanted)
  })

  test('is escape codes, or nothing at all', async () => {
    expect((await paintFor(true)).good('sound')).toBe('\x1b[32msound\x1b[39m')
    expect(await paintFor(false)).toBe(PLAIN)
    expect(PLAIN.bad('x')).toBe('x')
  })
})
