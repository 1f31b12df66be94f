import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {nodeDisk} from '../../src/io/disk.ts'
import {PieceSink} from '../../src/io/piece-sink.ts'
import {GivenUp, Turns} from '../../src/io/turns.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-turns-'))
afterAll(() => rmSync(folder, {recursive: true}))

test('pieces are given out once, and each begins where the one before it ends', () => {
  const turns = new Turns()
  const other = new Turns(turns.shared)
  expect([turns.claim(), other.claim(), turns.claim()]).toEqual([0, 1, 2])
  expect(turns.startOf(0)).toBe(0)
  turns.end(0, 7_000_000_000)
  expect(other.startOf(1)).toBe(7_000_000_000)
})

test('who waits for somebody who gave up is told, and so is who comes later', () => {
  const turns = new Turns()
  turns.giveUp()
  expect(() => new Turns(turns.shared).startOf(0)).toThrow(GivenUp)
  turns.end(0, 1)
  expect(() => turns.startOf(1)).toThrow(GivenUp)
})

test('a file of pieces, one of them larger than what is held', () => {
  const path = join(folder, 'pieces')
  const fd = openSync(path, 'wx')
  const turns = new Turns()
  const sinks = [turns, new Turns(turns.shared)].map((each) => {
    return new PieceSink(nodeDisk(), fd, path, each)
  })
  const pieces = [
    Buffer.from('first'),
    Buffer.alloc(9_000_000, 'large'),
    Buffer.alloc(0),
    Buffer.from('last'),
  ]
  const places = pieces.map((piece, i) => {
    const sink = sinks[i % 2]
    sink.begin(i)
    for (let at = 0; at < piece.length; at += 1_000_000) {
      sink.write(piece, at, Math.min(at + 1_000_000, piece.length))
    }
    return sink.end()
  })
  closeSync(fd)
  expect(places.map(({start}) => start)).toEqual([0, 5, 9_000_005, 9_000_005])
  expect(places.map(({end}) => end)).toEqual([5, 9_000_005, 9_000_005, 9_000_009])
  expect(readFileSync(path).equals(Buffer.concat(pieces))).toBe(true)
})

test('of a piece is overwritten what is in the file, what is held, and what lies across both', () => {
  const path = join(folder, 'patched')
  const fd = openSync(path, 'wx')
  const sink = new PieceSink(nodeDisk(), fd, path, new Turns())
  const pieces = [Buffer.from('first'), Buffer.alloc(9_000_000, 'large')]
  const wanted = Buffer.concat(pieces)
  const patched = Buffer.from('.patched.')
  for (const [i, piece] of pieces.entries()) {
    sink.begin(i)
    sink.write(piece, 0, piece.length)
    if (i === 1) {
      for (const offset of [0, 100, 2 ** 23 - 3, 2 ** 23, 8_999_993]) {
        sink.patch(offset, patched, 1, 8)
        wanted.write('patched', 5 + offset)
      }
    }
    sink.end()
  }
  closeSync(fd)
  expect(readFileSync(path).equals(wanted)).toBe(true)
})

test('an error of the disk names the file and the place', () => {
  const turns = new Turns()
  const path = join(folder, 'read-only')
  writeFileSync(path, '')
  const fd = openSync(path, 'r')
  const sink = new PieceSink(nodeDisk(), fd, '/the/output', turns)
  turns.end(0, 4096)
  sink.begin(1)
  sink.write(Buffer.from('x'), 0, 1)
  expect(() => sink.end()).toThrow(expect.objectContaining({path: '/the/output', code: 'EBADF'}))
  closeSync(fd)
})
