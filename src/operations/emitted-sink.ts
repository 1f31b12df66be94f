import type {Sink} from '../formats/bytes/sink.ts'
import type {Host} from '../io/host.ts'

const CHUNK = 0x40000

/** Collects what is written into chunks that are given away. */
export class EmittedSink implements Sink {
  private readonly host: Host
  private chunk = new Uint8Array(CHUNK)
  private filled = 0
  /** Bytes written so far. */
  size = 0

  constructor(host: Host) {
    this.host = host
  }

  write(memory: Uint8Array, start: number, end: number): void {
    this.size += end - start
    while (start < end) {
      if (this.filled === CHUNK) this.flush()
      const part = Math.min(CHUNK - this.filled, end - start)
      this.chunk.set(memory.subarray(start, start + part), this.filled)
      this.filled += part
      start += part
    }
  }

  flush(): void {
    if (this.filled === 0) return
    this.host.emit(this.filled === CHUNK ? this.chunk : this.chunk.slice(0, this.filled))
    this.chunk = new Uint8Array(CHUNK)
    this.filled = 0
  }
}
