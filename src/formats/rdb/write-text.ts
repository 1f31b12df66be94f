import {Growable} from '../packed/growable.ts'
import type {WriteContext} from './write-context.ts'
import {COMPRESS_MAX} from './write-string.ts'

/** One string that comes in pieces: kept until its end where it can be compressed, let through when it is longer. */
export class PieceWriter {
  private readonly context: WriteContext
  private readonly kept = new Growable()
  private length = 0
  private through = false

  constructor(context: WriteContext) {
    this.context = context
  }

  begin(): void {
    this.kept.clear()
    this.length = 0
    this.through = false
  }

  piece(memory: Uint8Array, start: number, end: number): void {
    const {kept} = this
    const {out} = this.context
    this.length += end - start
    if (!this.through && this.length <= COMPRESS_MAX) {
      kept.append(memory, start, end)
      return
    }
    if (!this.through) {
      this.through = true
      out.open()
      out.write(kept.bytes, 0, kept.length)
      kept.clear()
    }
    out.write(memory, start, end)
  }

  end(): void {
    if (this.through) this.context.out.close(this.length)
    else this.context.strings.write(this.kept.bytes, 0, this.kept.length)
  }
}
