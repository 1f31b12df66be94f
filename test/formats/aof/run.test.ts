/** The kernel's fast path must never change a verdict: everything is checked with it and without it. */
import {readFileSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import {CommandTable} from '../../../src/engine/commands/table.ts'
import {Cursor} from '../../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../../src/formats/bytes/inline-feed.ts'
import {checkAofStream} from '../../../src/operations/check-aof.ts'
import {record} from '../../support/aof.ts'
import {bytes} from '../../support/bytes.ts'
import {aofFixtures, fileOf} from '../../support/fixtures.ts'
import {kernel} from '../../support/kernel.ts'
import {type Random, randomSeed} from '../../support/random.ts'

const fast = new Cursor(kernel)
const slow = new Cursor({...kernel, aofRun: (next: number) => next})
const table = new CommandTable()

function check(c: Cursor, input: Uint8Array, slotSize: number): unknown {
  const findings: unknown[] = []
  c.open(new InlineFeed(bufferSource(input), kernel, {slotSize, crc: false}))
  const part = checkAofStream(c, {
    file: 'f',
    input: 'f',
    databases: 16,
    table,
    isLastFile: true,
    start: 0,
    addFinding: (finding) => findings.push(finding),
  })
  return {...part, findings}
}

const texts = aofFixtures()
  .flatMap((fixture) => fixture.entry.files.map((file) => fileOf(fixture, file)))
  .filter((path) => /small.*\.aof$/.test(path))
  .map((path) => readFileSync(path))
  .filter((file) => file[0] === 0x2a || file[0] === 0x23)

test('the fixtures give text to mutate', () => {
  expect(texts.length).toBeGreaterThan(10)
})

test('the same for whole files, in parts of any size', () => {
  for (const text of texts) {
    const expected = check(slow, text, 0x10000)
    for (const slotSize of [0x10000, 512, 61]) {
      expect(check(fast, text, slotSize)).toEqual(expected)
    }
  }
})

test('the same for 20000 mutants', () => {
  const random = randomSeed('run.test.ts')
  for (let i = 0; i < 20000; i++) {
    const input = mutant(random)
    const expected = JSON.stringify(check(slow, input, 0x10000))
    const actual = JSON.stringify(check(fast, input, random.pick([0x10000, 300])))
    if (actual !== expected) throw new Error(`${input.toString('base64')}\n${actual}\n${expected}`)
  }
})

test.each([
  [
    'digits of every width',
    bytes(...[0, 1, 9, 10, 99, 100, 999, 1000, 9999].map((n) => record('SET', 'k', 'x'.repeat(n)))),
  ],
  [
    'many arguments',
    bytes(
      ...[9, 10, 99, 100, 1000].map((n) => record('DEL', ...Array.from({length: n}, () => 'k'))),
    ),
  ],
  [
    'long names',
    bytes(
      record('zremrangebyscore', 'k', '0', '1'),
      record('GEORADIUSBYMEMBER', 'k', 'm', '1', 'm'),
    ),
  ],
  [
    'names that only look alike',
    bytes(record('SET ', 'k', 'v'), record('SE\x14', 'k', 'v'), record('S\0T', 'k', 'v')),
  ],
  [
    'subcommands',
    bytes(
      ...['SETID', 'setid', 'NO', 'CREATECONSUMER'].map((sub) =>
        record('XGROUP', sub, 'k', 'g', '0'),
      ),
      record('client', 'no-evict', 'on'),
      record('XGROUP'),
    ),
  ],
  [
    'scripts and modules',
    bytes(
      ...[1, 2, 3].map(() =>
        bytes(
          record('EVAL', 'x', '0'),
          record('json.set', 'k'),
          record('JSON.SET', 'k', '.', '1'),
          record('VADD', 'k'),
        ),
      ),
    ),
  ],
  [
    'names with other bytes than letters',
    bytes(
      record('sort_ro', 'k'),
      record('RESTORE-ASKING', 'k', '0', 'x'),
      record('HOST:'),
      record('SORT\x7fRO', 'k'),
      record('\xdfUBSCRIBE', 'k'),
    ),
  ],
  [
    'selects',
    bytes(...['0', '1', '9', '10', '15', '16', '00', '1x', ''].map((db) => record('SELECT', db))),
  ],
])('the same for %s', (_what, input) => {
  const padded = bytes(input, record('SET', 'k', 'x'.repeat(100)))
  expect(check(fast, padded, 0x10000)).toEqual(check(slow, padded, 0x10000))
})

/** A piece of a fixture with one to three changes that framing is sensitive to. */
function mutant(random: Random): Buffer {
  const text = random.pick(texts)
  const from = random.int(2) === 0 ? 0 : random.int(text.length - 64)
  const piece = Buffer.from(text.subarray(from, from + 200 + random.int(3000)))
  for (let changes = 1 + random.int(3); changes > 0; changes--) {
    const at = random.int(piece.length)
    const kind = random.int(6)
    if (kind === 0) piece[at] ^= 1 << random.int(8)
    else if (kind === 1) piece[at] = random.pick([...Buffer.from('*$\r\n0123456789+- \0#')])
    else if (kind === 2) piece.fill(0, at, Math.min(piece.length, at + random.int(64)))
    else if (kind === 3) piece.copy(piece, at, random.int(piece.length))
    else if (kind === 4) piece.copy(piece, at, Math.min(piece.length, at + random.int(40)))
    else piece.write(random.pick(['\r\n', '*1\r\n', '$0\r\n', '#TS:1\r\n']), at, 'latin1')
  }
  return piece
}
