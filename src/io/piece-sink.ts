import type {PatchableSink} from '../formats/rdb/write-output.ts'
import type {Disk} from './disk.ts'
import {DiskError} from './disk.ts'
import type {Turns} from './turns.ts'

/** More than this of a piece is not held: the rest is written when those before it have ended. */
const HELD_BYTES = 1 << 23

/** Writes pieces of a file that other threads write other pieces of. */
export class PieceSink implements PatchableSink {
  private readonly disk: Disk
  private readonly fd: number
  private readonly path: string
  private readonly turns: Turns
  private readonly held = new Uint8Array(HELD_BYTES)
  private filled = 0
  private piece = 0
  /** Where the piece begins; -1 while that is not known. */
  private start = -1
  /** Bytes of it that were written. */
  private sent = 0

  constructor(disk: Disk, fd: number, path: string, turns: Turns) {
    this.disk = disk
    this.fd = fd
    this.path = path
    this.turns = turns
  }

  begin(piece: number): void {
    this.piece = piece
    this.filled = 0
    this.start = -1
    this.sent = 0
  }

  write(memory: Uint8Array, start: number, end: number): void {
    while (start < end) {
      if (this.filled === HELD_BYTES) this.flush()
      const part = Math.min(HELD_BYTES - this.filled, end - start)
      this.held.set(memory.subarray(start, start + part), this.filled)
      this.filled += part
      start += part
    }
  }

  /** Overwrite bytes of the piece. */
  patch(offset: number, memory: Uint8Array, start: number, end: number): void {
    const {held, sent} = this
    const border = Math.min(end, Math.max(start, start + sent - offset))
    this.writeWhole(memory, start, border, this.start + offset)
    if (border < end) held.set(memory.subarray(border, end), offset + border - start - sent)
  }

  /** The piece is over: the next one may begin while the end of this one is written. Returns the offsets between which it lies. */
  end(): {start: number; end: number} {
    const {turns, piece} = this
    const start = this.awaitStart()
    const end = start + this.sent + this.filled
    turns.end(piece, end)
    this.flush()
    return {start, end}
  }

  private awaitStart(): number {
    if (this.start < 0) this.start = this.turns.startOf(this.piece)
    return this.start
  }

  private flush(): void {
    const {held, filled} = this
    this.writeWhole(held, 0, filled, this.awaitStart() + this.sent)
    this.sent += filled
    this.filled = 0
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
