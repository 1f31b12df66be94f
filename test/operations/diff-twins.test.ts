import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, afterEach, expect, test} from '@jest/globals'
import {DiffSide} from '../../src/operations/diff-side.ts'
import {untwinned} from '../../src/operations/diff-twins.ts'
import type {Ordinals} from '../../src/operations/ordinals.ts'
import {bytes, entry, expireMs, expireSeconds, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {LogFolder} from '../support/diff.ts'

const folder = new LogFolder()
let host = inlineHost(0x10000)
afterEach(() => {
  host.close()
  host = inlineHost(0x10000)
})
afterAll(() => folder.remove())

let files = 0
function side(...body: Uint8Array[]): DiffSide {
  const path = join(folder.path, `${++files}.rdb`)
  writeFileSync(path, rdbFile({version: 11, body: bytes(...body), checksum: 'zero'}))
  return new DiffSide(host, path, {})
}

function list(ordinals: Ordinals): number[] {
  const all: number[] = []
  for (let at = ordinals.next(0); Number.isFinite(at); at = ordinals.next(at + 1)) all.push(at)
  return all
}

function rest(a: DiffSide, b: DiffSide) {
  const found = untwinned(a, b, 1e9)
  return found && {a: list(found.a), b: list(found.b), twins: Object.fromEntries(found.twins)}
}

const key = (name: string, value = 'v') => entry(0, name, str(value))

/** At the very end of a window, entries with attributes are left to the reader. */
const END = bytes(selectDb(9), key('padding', 'p'.repeat(60)))

test('the same entries in another order, with other idle times, are twins', () => {
  const a = side(
    selectDb(0),
    key('x'),
    key('y'),
    selectDb(3),
    expireMs(4102444800000),
    key('x'),
    END,
  )
  const b = side(
    selectDb(3),
    expireMs(4102444800000),
    key('x'),
    selectDb(0),
    bytes(0xf8, [5]),
    key('y'),
    key('x'),
    END,
  )
  expect(rest(a, b)).toEqual({a: [], b: [], twins: {0: 2, 3: 1, 9: 1}})
})

test.each([
  ['another value', key('k', 'w')],
  ['another key', key('l')],
  ['an expiry', bytes(expireMs(4102444800000), key('k'))],
  ['an expiry in seconds', bytes(expireSeconds(1000), key('k'))],
])('an entry with %s has none', (_what, other) => {
  const a = side(selectDb(0), key('same'), key('k'))
  const b = side(selectDb(0), other, key('same'))
  expect(rest(a, b)).toEqual({a: [1], b: [0], twins: {0: 1}})
})

test('a key of another database is another key', () => {
  expect(rest(side(selectDb(0), key('k')), side(selectDb(1), key('k')))).toMatchObject({
    a: [0],
    b: [0],
  })
})

test('many entries, over the edges of windows and hash logs', () => {
  const keys = Array.from({length: 6_000}, (_, i) => key(`key:${i}`, `${i}`.repeat(1 + (i % 9))))
  const changed = [...keys.slice(0, 4_999), key('key:4999', 'x'), ...keys.slice(5_000)]
  expect(rest(side(selectDb(0), ...keys), side(selectDb(0), ...changed))).toEqual({
    a: [4_999],
    b: [4_999],
    twins: {0: 5_999},
  })
})

test('where a key is there twice, or there is a log, none are looked for', () => {
  const once = side(selectDb(0), key('k'))
  const log = new DiffSide(host, folder.log(['SET', 'k', 'v']), {})
  expect(rest(side(selectDb(0), key('k'), key('k')), once)).toBeNull()
  expect(rest(once, side(selectDb(0), key('k'), key('k')))).toBeNull()
  expect(rest(once, log)).toBeNull()
})
