import type {Sink} from '../formats/bytes/sink.ts'
import type {Disk} from './disk.ts'
import {DiskError} from './disk.ts'
import type {Turns} from './turns.ts'

/** More than this of a piece is not held: the rest is written when those before it have ended. */
const HELD_BYTES = 1 << 23

/** Writes pieces of a file that other threads write other pieces of. */
export class PieceSink implements Sink {
  private readonly disk: Disk
  private readonly fd: number
  private readonly path: string
  private readonly turns: Turns
  private readonly held = new Uint8Array(HELD_BYTES)
  private filled = 0
  private piece = 0
  /** Where what is held belongs; -1 while that is not known. */
  private at = -1

  constructor(disk: Disk, fd: number, path: string, turns: Turns) {
    this.disk = disk
    this.fd = fd
    this.path = path
    this.turns = turns
  }

  begin(piece: number): void {
    this.piece = piece
    this.filled = 0
    this.at = -1
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

  /** The piece is over: the next one may begin while the end of this one is written. Returns where it ends. */
  end(): number {
    const {turns, piece} = this
    if (this.at < 0) this.at = turns.startOf(piece)
    const end = this.at + this.filled
    turns.end(piece, end)
    this.flush()
    return end
  }

  private flush(): void {
    const {filled} = this
    if (this.at < 0) this.at = this.turns.startOf(this.piece)
    for (let done = 0; done < filled; ) {
      const wrote = this.writeSome(done)
      if (wrote === 0) throw new DiskError('write', this.path, 'EIO', 'nothing was written')
      done += wrote
    }
    this.at += filled
    this.filled = 0
  }

  private writeSome(from: number): number {
    const {disk, fd, held, filled, path} = this
    const position = this.at + from
    try {
      return disk.write(fd, held, from, filled, position)
    } catch (error) {
      // A disk that did not open the file does not know its name.
      throw error instanceof DiskError ? error.at(path).after(position) : error
    }
  }
}
