import {isDeepStrictEqual} from 'node:util'
import {describe, expect, test} from '@jest/globals'
import fc from 'fast-check'
import {CHECK_TTL} from '../../../src/formats/kernel/layout.ts'
import {intset, listpack, ziplist, zipmap} from '../../support/packed.ts'
import {everywhere, kernel, mutations, readAll, verdict} from './arena.ts'
import {checkListpack, checkZiplist, SCORES} from './packed.ts'
import {
  areExpiries,
  areScores,
  areTuples,
  readIntset,
  readListpack,
  readZiplist,
  readZipmap,
} from './reference.ts'

/** What the reference says of each kind of blob, beside what the kernel says. */
const KINDS = [
  {
    kind: 'listpack set',
    sound: (blob: Uint8Array) => areTuples(readListpack(blob), 1),
    check: (blob: Uint8Array) => checkListpack(blob, 1),
    blob: listpack(['a', 'bc', 5, 300, -70000, 2n ** 40n, 'x'.repeat(64)]),
  },
  {
    kind: 'listpack list',
    sound: (blob: Uint8Array) => readListpack(blob) !== null,
    check: (blob: Uint8Array) => checkListpack(blob, 0),
    blob: listpack(['a', 'x'.repeat(140), 5, 5000, '']),
  },
  {
    kind: 'listpack zset',
    sound: (blob: Uint8Array) => areTuples(readListpack(blob), 2) && areScores(readListpack(blob)!),
    check: (blob: Uint8Array) => checkListpack(blob, 2, SCORES),
    blob: listpack(['a', 1, 'b', '2.5', 'c', '-1e10', 'd', '0x1p3', 'e', 'inf']),
  },
  {
    kind: 'listpack hash with expiry',
    sound: (blob: Uint8Array) =>
      areTuples(readListpack(blob), 3) && areExpiries(readListpack(blob)!),
    check: (blob: Uint8Array) => checkListpack(blob, 3, CHECK_TTL),
    blob: listpack(['c', 'x', 1900000000000n, 'b', 2, 2000000000000n, 'a', 1, 0]),
  },
  {
    kind: 'ziplist list',
    sound: (blob: Uint8Array) => readZiplist(blob) !== null,
    check: (blob: Uint8Array) => checkZiplist(blob, 0),
    blob: ziplist(['ab', 0, 12, 13, -1, 256, 100000, 2n ** 33n, 'x'.repeat(70)]),
  },
  {
    kind: 'ziplist hash',
    sound: (blob: Uint8Array) => areTuples(readZiplist(blob), 2),
    check: (blob: Uint8Array) => checkZiplist(blob, 2),
    blob: ziplist(['a', 1, 5, 'v', 'b', 1], {longPrevlen: true}),
  },
  {
    kind: 'zipmap',
    sound: (blob: Uint8Array) => readZipmap(blob) !== null,
    check: (blob: Uint8Array) => verdict(kernel.zipmapCheck, blob),
    blob: zipmap(
      [
        ['a', '1'],
        ['b', 'xy'],
        ['ab', ''],
      ],
      1,
    ),
  },
  {
    kind: 'intset',
    sound: (blob: Uint8Array) => readIntset(blob) !== null,
    check: (blob: Uint8Array) => verdict(kernel.intsetCheck, blob),
    blob: intset([-5, 1, 2, 70000], 4),
  },
]

describe.each(KINDS)('a $kind', ({sound, check, blob}) => {
  test('with any one byte changed is judged as the reference judges it', () => {
    expect(check(blob).error).toBe(0)
    for (const mutated of mutations(blob)) {
      if (sound(mutated) !== (check(mutated).error === 0)) {
        throw new Error(
          `reference: ${sound(mutated)}, kernel: ${check(mutated).error}: ${Buffer.from(mutated).toString('hex')}`,
        )
      }
    }
  })

  test('of hostile bytes behind a sound header is judged as the reference judges it', () => {
    const interesting = fc.constantFrom(
      0,
      1,
      2,
      0x7f,
      0x80,
      0x81,
      0xbf,
      0xc0,
      0xdf,
      0xe0,
      0xef,
      0xf0,
      0xf1,
      0xf4,
      0xf5,
      0xfe,
      0xff,
    )
    const body = fc.array(fc.oneof(interesting, fc.nat(255)), {maxLength: 40})
    fc.assert(
      fc.property(body, fc.nat(blob.length), (random, kept) => {
        const hostile = Buffer.concat([
          blob.subarray(0, kept),
          Buffer.from(random),
          Buffer.of(0xff),
        ])
        if (!blob.equals(hostile) && hostile.length > 4 && blob[0] === blob.length)
          hostile[0] = hostile.length
        expect(check(hostile).error === 0).toBe(sound(hostile))
      }),
      {numRuns: 3000},
    )
  })
})

describe.each([
  {
    kind: 'listpack',
    read: kernel.listpackRead,
    first: 6,
    blob: listpack(['a', 5, 'x'.repeat(70), -3000, 2n ** 40n]),
  },
  {
    kind: 'ziplist',
    read: kernel.ziplistRead,
    first: 10,
    blob: ziplist(['a', 5, 'x'.repeat(70), -3000, 2n ** 40n]),
  },
  {
    kind: 'zipmap',
    read: kernel.zipmapRead,
    first: 1,
    blob: zipmap(
      [
        ['a', 'b'],
        ['cd', ''],
      ],
      2,
    ),
  },
])('reading a $kind that nobody checked', ({kind, read, first, blob}) => {
  test('gives what the reference reads if it is sound, and never looks outside', () => {
    for (const mutated of mutations(blob)) {
      if (mutated.length < first + 1) continue
      const texts = everywhere(mutated, (start, end) => readAll(read, start + first, end, 4))
      const expected =
        kind === 'zipmap'
          ? readZipmap(mutated)
          : (kind === 'ziplist' ? readZiplist(mutated) : readListpack(mutated))?.map(
              ({text}) => text,
            )
      if (expected && !isDeepStrictEqual(texts, expected)) {
        throw new Error(`${texts} from ${Buffer.from(mutated).toString('hex')}`)
      }
    }
  })
})
