import {writeSync} from 'node:fs'
import type {Sink} from '../formats/bytes/sink.ts'
import {DiskError} from './disk.ts'
import {errorCode} from './error-code.ts'

const STDOUT = 1
const BUFFER_BYTES = 1 << 16
/** How long to wait for a reader that is slower. */
const PAUSE_MS = 5
const EXIT_CLOSED_PIPE = 141

/** Nobody reads any more. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe'
  readonly code = 'CLOSED_PIPE'
  readonly exit = EXIT_CLOSED_PIPE
}

/** Writes to stdout from any thread, waiting for slow readers. */
export class StdoutSink implements Sink {
  private readonly buffer = new Uint8Array(BUFFER_BYTES)
  private readonly never = new Int32Array(new SharedArrayBuffer(4))
  private filled = 0
  size = 0

  write(memory: Uint8Array, start: number, end: number): void {
    this.size += end - start
    while (start < end) {
      if (this.filled === BUFFER_BYTES) this.flush()
      const part = Math.min(BUFFER_BYTES - this.filled, end - start)
      this.buffer.set(memory.subarray(start, start + part), this.filled)
      this.filled += part
      start += part
    }
  }

  flush(): void {
    for (let done = 0; done < this.filled; ) done += this.attempt(done)
    this.filled = 0
  }

  /** Returns how much was taken. A pipe that is full takes nothing just now. */
  private attempt(from: number): number {
    try {
      return writeSync(STDOUT, this.buffer, from, this.filled - from)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EPIPE') throw new ClosedPipe('the reader of the output is gone')
      if (code !== 'EAGAIN') throw new DiskError('write', 'stdout', code ?? 'EIO', String(code))
      Atomics.wait(this.never, 0, 0, PAUSE_MS)
      return 0
    }
  }
}
