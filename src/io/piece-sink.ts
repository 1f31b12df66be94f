import {AREA_HELD, type KernelMemory} from '../formats/bytes/areas.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import type {Disk} from './disk.ts'
import {DiskError} from './disk.ts'
import type {Turns} from './turns.ts'

/** More than this is not held: then those before it have to end first. */
const HELD_BYTES = 1 << 24
/** So much at a time is written of what may be. */
const WRITE_BYTES = 1 << 18

interface Piece {
  piece: number
  /** Where in the area the bytes of it begin that are held. They end where those of the next one begin. */
  from: number
  /** Where they belong; -1 while that is not known. */
  at: number
  /** Bytes of it that were written. */
  written: number
}

/**
 * Writes pieces of a file that other threads write other pieces of. What cannot be written yet lies in the memory of a kernel, which
 * may put it there itself.
 */
export class PieceSink implements PatchableSink {
  private readonly disk: Disk
  private readonly fd: number
  private readonly path: string
  private readonly turns: Turns
  private readonly memory: KernelMemory
  /** Those that are not written; the last one is open. */
  private readonly pieces: Piece[] = []
  private filled = 0

  constructor(disk: Disk, fd: number, path: string, turns: Turns, memory: KernelMemory) {
    this.disk = disk
    this.fd = fd
    this.path = path
    this.turns = turns
    this.memory = memory
  }

  begin(piece: number): void {
    this.pieces.push({piece, from: this.filled, at: -1, written: 0})
  }

  room(size: number): number {
    if (HELD_BYTES - this.filled < size) this.put(true)
    return this.area + this.filled
  }

  write(memory: Uint8Array, start: number, end: number): void {
    if (memory === this.memory.memory && start === this.area + this.filled) {
      this.filled += end - start
    } else this.copy(memory, start, end)
    if (this.filled - this.pieces[0].from >= WRITE_BYTES) this.put(false)
  }

  /** Overwrite bytes of the open piece, `offset` counting from its beginning. */
  patch(offset: number, memory: Uint8Array, start: number, end: number): void {
    const {from, at, written} = this.pieces.at(-1)!
    const border = Math.min(end, Math.max(start, start + written - offset))
    this.writeWhole(memory, start, border, at - written + offset)
    if (border === end) return
    const to = this.area + from + offset + border - start - written
    this.memory.memory.set(memory.subarray(border, end), to)
  }

  /** The piece is over, and is written as soon as those before it are over too. Returns how many bytes it has. */
  end(): number {
    const {piece, from, written} = this.pieces.at(-1)!
    const size = written + this.filled - from
    this.turns.end(piece, size)
    if (this.put(false)) this.pieces.pop()
    return size
  }

  /** Write what is held. @throws GivenUp, DiskError. */
  finish(): void {
    this.put(true)
    this.pieces.length = 0
  }

  private get area(): number {
    return this.memory.area(AREA_HELD, HELD_BYTES)
  }

  private copy(memory: Uint8Array, start: number, end: number): void {
    while (start < end) {
      if (this.filled === HELD_BYTES) this.put(true)
      const part = Math.min(HELD_BYTES - this.filled, end - start)
      const to = this.area + this.filled
      this.memory.memory.set(memory.subarray(start, start + part), to)
      this.filled += part
      start += part
    }
  }

  /** Write what is held of the pieces whose turn it is; `waits`: of all of them. Returns whether nothing is held any more. */
  private put(waits: boolean): boolean {
    const {pieces, turns} = this
    while (pieces.length > 0) {
      const [first, next] = pieces
      if (first.at < 0) {
        first.at = waits ? turns.startOf(first.piece) : turns.startNow(first.piece)
      }
      if (first.at < 0) return false
      this.putPiece(first, next?.from ?? this.filled)
      if (!next) break
      pieces.shift()
    }
    this.filled = 0
    if (pieces.length > 0) pieces[0].from = 0
    return true
  }

  private putPiece(piece: Piece, to: number): void {
    const {area, memory} = this
    this.writeWhole(memory.memory, area + piece.from, area + to, piece.at)
    piece.at += to - piece.from
    piece.written += to - piece.from
    piece.from = to
  }

  private writeWhole(bytes: Uint8Array, start: number, end: number, position: number): void {
    for (let at = start; at < end; ) {
      const wrote = this.writeSome(bytes, at, end, position + at - start)
      if (wrote === 0) throw new DiskError('write', this.path, 'EIO', 'nothing was written')
      at += wrote
    }
  }

  private writeSome(bytes: Uint8Array, start: number, end: number, position: number): number {
    const {disk, fd, path} = this
    try {
      return disk.write(fd, bytes, start, end, position)
    } catch (error) {
      // A disk that did not open the file does not know its name.
      throw error instanceof DiskError ? error.at(path).after(position) : error
    }
  }
}
