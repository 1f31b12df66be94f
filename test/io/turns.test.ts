import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {nodeDisk} from '../../src/io/disk.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {PieceSink} from '../../src/io/piece-sink.ts'
import {GivenUp, Turns} from '../../src/io/turns.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-turns-'))
afterAll(() => rmSync(folder, {recursive: true}))

/** Memory with one area. */
function room() {
  const kernel = createKernel(loadKernelModule())
  kernel.memory.grow(512)
  return {kernel, memory: new Uint8Array(kernel.memory.buffer), area: () => 0x200000}
}

test('pieces are given out once, and each begins where the one before it ends', () => {
  const turns = new Turns(3)
  const other = new Turns(turns.shared)
  expect([turns.claim(), other.claim(), turns.claim()]).toEqual([0, 1, 2])
  expect(turns.startOf(0)).toBe(0)
  turns.end(1, 5)
  expect(turns.startNow(2)).toBe(-1)
  turns.end(0, 7_000_000_000)
  expect(other.startOf(1)).toBe(7_000_000_000)
  expect(turns.startOf(2)).toBe(7_000_000_005)
})

test('who waits for somebody who gave up is told, and so is who comes later', () => {
  const turns = new Turns(2)
  turns.giveUp()
  expect(() => new Turns(turns.shared).startOf(0)).toThrow(GivenUp)
  turns.end(0, 1)
  expect(() => turns.startOf(1)).toThrow(GivenUp)
})

const PIECES = [
  Buffer.from('first'),
  Buffer.alloc(19_000_000, 'large'),
  Buffer.alloc(0),
  Buffer.from('fourth'),
  Buffer.alloc(300_000, 'middling'),
  Buffer.from('last'),
]

/** Pieces by number, in the order given, each by the sink of its thread. */
function written(name: string, order: readonly (readonly [piece: number, thread: number])[]) {
  const path = join(folder, name)
  const fd = openSync(path, 'wx')
  const turns = new Turns(PIECES.length)
  const sinks = [turns, new Turns(turns.shared)].map((each) => {
    return new PieceSink(nodeDisk(), fd, path, each, room())
  })
  for (const [piece, thread] of order) {
    const bytes = PIECES[piece]
    sinks[thread].begin(piece)
    for (let at = 0; at < bytes.length; at += 1_000_000) {
      sinks[thread].write(bytes, at, Math.min(at + 1_000_000, bytes.length))
    }
    expect(sinks[thread].end()).toBe(bytes.length)
  }
  for (const sink of sinks) sink.finish()
  closeSync(fd)
  return readFileSync(path)
}

test('a file of pieces, one of them larger than what is held', () => {
  const order = PIECES.map((_, i) => [i, i % 2] as const)
  expect(written('in-order', order).equals(Buffer.concat(PIECES))).toBe(true)
})

test('who is ahead holds what it makes, several pieces of it, until those before them are over', () => {
  const ahead = [2, 3, 4, 5].map((piece) => [piece, 1] as const)
  const order = [...ahead, [0, 0], [1, 0]] as const
  expect(written('ahead', order).equals(Buffer.concat(PIECES))).toBe(true)
})

test('what a kernel put where it was given room comes out among what was copied', () => {
  const path = join(folder, 'in-place')
  const fd = openSync(path, 'wx')
  const turns = new Turns(2)
  const memory = room()
  const sink = new PieceSink(nodeDisk(), fd, path, turns, memory)
  const place = (text: string) => {
    const at = sink.room(1 << 20)
    memory.memory.set(Buffer.from(text), at)
    sink.write(memory.memory, at, at + text.length)
  }
  sink.begin(1)
  place('in place, ')
  sink.write(Buffer.from('copied, '), 0, 8)
  place('in place again')
  sink.end()
  turns.end(0, 0)
  sink.finish()
  closeSync(fd)
  expect(readFileSync(path, 'latin1')).toBe('in place, copied, in place again')
})

test('of a piece is overwritten what is in the file, what is held, and what lies across both', () => {
  const path = join(folder, 'patched')
  const fd = openSync(path, 'wx')
  const turns = new Turns(3)
  const sink = new PieceSink(nodeDisk(), fd, path, turns, room())
  const pieces = [Buffer.from('first'), Buffer.alloc(300_000, 'large'), Buffer.alloc(99, 'small')]
  const wanted = Buffer.concat([pieces[0], pieces[1], pieces[2], pieces[2]])
  const patched = Buffer.from('.patched.')
  const patch = (piece: number, offset: number) => {
    sink.patch(offset, patched, 1, 8)
    wanted.write('patched', offset + [0, 5, 300_104][piece])
  }
  turns.end(0, 5)
  sink.begin(1)
  // The first of them is written at once, the other held.
  sink.write(pieces[1], 0, pieces[1].length)
  sink.write(pieces[2], 0, pieces[2].length)
  for (const offset of [0, 100, 299_993, 299_997, 300_000, 300_092]) patch(1, offset)
  sink.end()
  sink.begin(2)
  sink.write(pieces[2], 0, pieces[2].length)
  patch(2, 3)
  sink.end()
  sink.finish()
  nodeDisk().write(fd, pieces[0], 0, 5, 0)
  closeSync(fd)
  expect(readFileSync(path).equals(wanted)).toBe(true)
})

test('an error of the disk names the file and the place', () => {
  const turns = new Turns(2)
  const path = join(folder, 'read-only')
  writeFileSync(path, '')
  const fd = openSync(path, 'r')
  const sink = new PieceSink(nodeDisk(), fd, '/the/output', turns, room())
  turns.end(0, 4096)
  sink.begin(1)
  sink.write(Buffer.from('x'), 0, 1)
  const error = {
    path: '/the/output',
    code: 'EBADF',
    message: expect.stringContaining('at byte 4096'),
  }
  expect(() => sink.end()).toThrow(expect.objectContaining(error))
  closeSync(fd)
})
