import {describe, expect, test} from '@jest/globals'
import {
  canCopy,
  FEATURES,
  missingFeatures,
  supports,
  type Target,
} from '../../../src/formats/rdb/features.ts'
import {RdbType} from '../../../src/formats/rdb/types.ts'

const redis = (version: number): Target => ({dialect: 'redis', version})
const valkey = (version: number): Target => ({dialect: 'valkey', version})

describe('features', () => {
  test.each([
    ['functions', redis(9), redis(10)],
    ['streams', redis(8), redis(9)],
    ['modules', redis(7), redis(8)],
    ['module-aux', redis(8), redis(9)],
    ['vector-sets', redis(11), redis(12)],
    ['vector-sets', valkey(80), redis(12)],
    ['hash-field-ttl', redis(11), redis(12)],
    ['hash-field-ttl', valkey(11), valkey(80)],
    ['stream-idmp', redis(12), redis(13)],
    ['stream-nacks', redis(13), redis(14)],
    ['arrays', redis(13), redis(14)],
    ['slot-import', redis(15), valkey(80)],
    ['arrays', valkey(80), redis(14)],
  ] as const)('%s: not in %j, but in %j', (feature, without, having) => {
    expect([supports(without, feature), supports(having, feature)]).toEqual([false, true])
  })

  test('missing ones are named in order', () => {
    const needs = ['streams', 'hash-field-ttl', 'functions', 'modules'] as const
    expect(missingFeatures(needs, redis(8))).toEqual(['streams', 'hash-field-ttl', 'functions'])
    expect(missingFeatures(needs, redis(12))).toEqual([])
  })

  test('every one says what it is', () => {
    for (const {text} of Object.values(FEATURES)) expect(text).toMatch(/^[a-zA-Z]/)
  })
})

describe('canCopy', () => {
  const {LIST_QUICKLIST_2, HASH_LISTPACK_EX, HASH_2, STREAM_LISTPACKS_3, HASH_ZIPMAP} = RdbType
  test.each([
    ['a listpack into the version that brought it', LIST_QUICKLIST_2, redis(12), redis(10), true],
    ['and into Valkey', LIST_QUICKLIST_2, redis(12), valkey(80), true],
    ['but not below', LIST_QUICKLIST_2, redis(12), redis(9), false],
    ['a zipmap anywhere', HASH_ZIPMAP, redis(2), redis(12), true],
    ['a stream to its own version', STREAM_LISTPACKS_3, redis(12), redis(11), true],
    ['and not below', STREAM_LISTPACKS_3, valkey(11), redis(10), false],
    ['field expiries within Redis', HASH_LISTPACK_EX, redis(13), redis(12), true],
    ['not into Valkey', HASH_LISTPACK_EX, redis(13), valkey(80), false],
    ['field expiries within Valkey', HASH_2, valkey(80), valkey(80), true],
    ['not from the release candidates of 7.4', 22, redis(12), redis(12), false],
    ['modules', RdbType.MODULE_2, redis(11), valkey(80), true],
    ['vector sets within Redis', RdbType.MODULE_2, redis(12), redis(13), true],
    ['not where there may be one and is none', RdbType.MODULE_2, redis(12), valkey(80), false],
    ['nor below', RdbType.MODULE_2, redis(12), redis(11), false],
    ['strings', RdbType.STRING, valkey(80), redis(8), true],
    ['not where 64-bit lengths are unknown', RdbType.STRING, redis(8), redis(7), false],
    ['old strings into old files', RdbType.STRING, redis(6), redis(7), true],
    [
      'template hashes, which refer to others',
      RdbType.HASH_TMPL_ARRAY_REF,
      redis(15),
      redis(15),
      false,
    ],
    ['old modules', RdbType.MODULE_PRE_GA, redis(8), redis(8), false],
    ['what nobody knows', 99, redis(12), redis(12), false],
  ] as const)('%s', (_title, type, from, to, expected) => {
    expect(canCopy(type, from, to)).toBe(expected)
  })
})
