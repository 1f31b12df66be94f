/** Commands of servers that are newer than those that tests can ask: answers as their pages say. */
import {describe, expect, test} from '@jest/globals'
import {layoutOf} from '../../../src/engine/memory/server-layout.ts'
import {targetOf} from '../../../src/formats/rdb/targets.ts'
import {ServedEngine} from '../../support/served-engine.ts'

const RULES = {
  scores: 'fpconv',
  layout: layoutOf('redis 8.0.6'),
  target: targetOf(12, null),
} as const

const asked = (engine: ServedEngine, line: string): unknown => {
  const reply = engine.reply(line.split(' '))
  return Array.isArray(reply) ? reply.map(String) : reply && String(reply)
}

describe('LMOVEM answers what it moved in the order of the destination', () => {
  test.each([
    ['LMOVEM a b LEFT LEFT COUNT 3 OBO', ['3', '2', '1'], ['3', '2', '1', 'x']],
    ['LMOVEM a b LEFT LEFT COUNT 3 BULK', ['1', '2', '3'], ['1', '2', '3', 'x']],
    ['LMOVEM a b RIGHT RIGHT COUNT 2 OBO', ['4', '3'], ['x', '4', '3']],
    ['LMOVEM a b LEFT RIGHT COUNT 9 OBO', ['1', '2', '3', '4'], ['x', '1', '2', '3', '4']],
    ['LMOVEM a b LEFT RIGHT', ['1'], ['x', '1']],
    ['LMOVEM a b LEFT RIGHT EXACTLY 5 OBO', null, ['x']],
    ['LMOVEM none b LEFT RIGHT', null, ['x']],
  ])('%s', (line, moved, left) => {
    const engine = new ServedEngine(RULES)
    engine.run(['RPUSH', 'a', '1', '2', '3', '4'])
    engine.run(['RPUSH', 'b', 'x'])
    expect(asked(engine, line)).toEqual(moved)
    expect(asked(engine, 'LRANGE b 0 -1')).toEqual(left)
  })

  test('a list that it moves to its own end as it is stays so', () => {
    const engine = new ServedEngine(RULES)
    engine.run(['RPUSH', 'a', '1', '2', '3'])
    expect(asked(engine, 'LMOVEM a a LEFT LEFT COUNT 2 BULK')).toEqual(['1', '2'])
    expect(asked(engine, 'LRANGE a 0 -1')).toEqual(['1', '2', '3'])
  })

  test('BLMOVEM tells logs the command that does not wait', () => {
    const engine = new ServedEngine(RULES)
    engine.run(['RPUSH', 'a', '1', '2', '3'])
    expect(asked(engine, 'BLMOVEM a b LEFT RIGHT 0 COUNT 2 OBO')).toEqual(['1', '2'])
    expect(asked(engine, 'BLMOVEM a b LEFT RIGHT 0.1 EXACTLY 2 OBO')).toBeNull()
    expect(engine.told.at(-1)).toEqual([0, 'LMOVEM a b LEFT RIGHT COUNT 2 OBO'.split(' ')])
  })
})

test('DIGEST is the XXH3 of a string', () => {
  const engine = new ServedEngine(RULES)
  engine.run(['SET', 'empty', ''])
  engine.run(['RPUSH', 'list', 'x'])
  expect(asked(engine, 'DIGEST empty')).toBe('2d06800538d394c2')
  expect(asked(engine, 'DIGEST none')).toBeNull()
  expect(asked(engine, 'DIGEST list')).toMatch(/WRONGTYPE/)
})

describe('streams', () => {
  /** 1-0 was acknowledged by g and is pending in h, 2-0 is pending in both, 3-0 was read by nobody. */
  const engineWithGroups = (): ServedEngine => {
    const engine = new ServedEngine(RULES)
    for (const id of ['1-0', '2-0', '3-0']) engine.run(['XADD', 's', id, 'f', 'v'])
    for (const group of ['g', 'h']) {
      engine.run(['XGROUP', 'CREATE', 's', group, '0'])
      engine.run(`XREADGROUP GROUP ${group} c COUNT 2 STREAMS s >`.split(' '))
    }
    engine.run(['XACK', 's', 'g', '1-0'])
    return engine
  }

  test.each([
    ['XDELEX s IDS 3 1-0 9-9 3-0', ['1', '-1', '1'], '1'],
    ['XDELEX s ACKED IDS 2 1-0 3-0', ['2', '2'], '3'],
    ['XDELEX none IDS 2 1-0 2-0', ['-1', '-1'], '3'],
    ['XACKDEL s g IDS 3 1-0 2-0 3-0', ['-1', '1', '-1'], '2'],
    ['XACKDEL s h ACKED IDS 2 1-0 2-0', ['1', '2'], '2'],
    ['XACKDEL s h DELREF IDS 1 2-0', ['1'], '2'],
    ['XACKDEL none h IDS 1 2-0', ['-1'], '3'],
    ['XNACK s h FAIL IDS 3 1-0 2-0 3-0', '2', '3'],
    ['XNACK s h FAIL IDS 1 3-0 FORCE', '1', '3'],
  ])('%s', (line, reply, left) => {
    const engine = engineWithGroups()
    expect(asked(engine, line)).toEqual(reply)
    expect(asked(engine, 'XLEN s')).toBe(left)
  })
})
