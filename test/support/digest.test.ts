import {describe, expect, test} from '@jest/globals'
import {digestDataset, digestRules, digestValue} from './digest.ts'
import {listFixtures, type Row, truthRows} from './fixtures.ts'
import {rangeText, scoreOf, scoreText} from './score.ts'

const b64 = (text: string) => Buffer.from(text).toString('base64')
const row = (type: string, value: Row['value'], key = 'k'): Row => ({
  db: 0,
  key: b64(key),
  type,
  expireAtMs: null,
  value,
})
const OLD = digestRules({server: 'redis', version: '7.0.15'})
const REDIS_74 = digestRules({server: 'redis', version: '7.4.1'})
const VALKEY = digestRules({server: 'valkey', version: '9.1.0'})

describe('digests that servers printed', () => {
  const ab = [
    [b64('a'), b64('1'), null],
    [b64('b'), b64('2'), 2000000000000],
  ]
  const abc = [...ab, [b64('c'), b64('x'), 1900000000000]]
  const zset = (...pairs: [string, number][]) =>
    pairs.map(([member, score]) => [b64(member), scoreText(score, 'fpconv')])
  const cells = [
    ['0', 'q'],
    ['5', '123'],
    ['6', 'xyzzyyyyyyyyyy'],
    ['10', '0.5'],
    ['11', '1.1'],
  ].map(([index, text]) => [index, b64(text)])

  test.each([
    [
      'a list',
      row('list', [b64('1'), b64('a')]),
      VALKEY,
      '6338765fcf6f6d64c48e88d07505a3e7233fe561',
    ],
    ['field expiry, Redis', row('hash', abc), REDIS_74, '0ff8cbf02e7af6afd0bd066706dcf95e180d353d'],
    [
      'field expiry, Redis, two',
      row('hash', ab),
      REDIS_74,
      '892485b5324d08a507b85963739fbdd7edb340cd',
    ],
    ['field expiry, Valkey', row('hash', ab), VALKEY, '6c8f22b3bf510fdcfd6122dd0f908a80e88243bf'],
    [
      'an array',
      row('array', {cells, insertIndex: '0'}),
      REDIS_74,
      '9b17871f0d9f9ecb50eedb38f98dc6c80a3b14f9',
    ],
    [
      'scores',
      row('zset', zset(['m', 0.1], ['n', 0], ['q', 1e-5])),
      VALKEY,
      'ed99cce952d543fbc3658f39e224e48573abebf1',
    ],
  ])('%s', (_, each, rules, expected) => {
    expect(digestValue(each, rules)).toBe(expected)
  })

  test.each([
    ['printf', OLD, 'b4edcc37ce2eb11a1d73abccc9a3ad13afe45901'],
    ['fpconv', VALKEY, '057f4dc77139d108d4855edcd0d8f844fb2652ec'],
  ] as const)('a dataset with scores as %s', (style, rules, expected) => {
    const value = [
      [b64('m'), scoreText(-0, style)],
      [b64('n'), scoreText(0.1, style)],
    ]
    expect(digestDataset([row('zset', value, 'z')], rules)).toBe(expected)
  })
})

describe.each(listFixtures().map((each) => [each.name, each] as const))('%s', (_, each) => {
  const rows = truthRows(each)
  const rules = digestRules(each.meta)

  test('every value digests as the server said', () => {
    const wrong = rows.filter((r) => r.digest !== undefined && digestValue(r, rules) !== r.digest)
    expect(wrong.map((r) => Buffer.from(r.key, 'base64').toString())).toEqual([])
  })

  test('the dataset digests as the server said', () => {
    expect(digestDataset(rows, rules)).toBe(each.entry.digest)
  })

  test('every score prints as ZRANGE printed it', () => {
    for (const r of rows.filter(({type}) => type === 'zset')) {
      for (const [, text] of r.value as [string, string][]) {
        expect(rangeText(scoreOf(text), rules.scores)).toBe(text)
      }
    }
  })
})
