import type {Kernel} from '../formats/kernel/kernel.ts'
import type {OpenInput} from './open-input.ts'
import {fillPart, type PartFile, partCount} from './part-file.ts'
import {sumPart} from './shared-feed.ts'
import {CHANGED, IDLE, type SharedWindow} from './shared-window.ts'

/** The event loop gets its turn this often, for signals, timers and what else the caller has to do. */
const SLICE_MS = 4

/**
 * The feeding end of a shared window: fills slots and computes checksums in slices of the event loop. Call `pump` whenever the
 * other end sends its message.
 */
export class Feeder {
  /** What ended the input early; the other end asks for it. */
  failure: unknown = null
  /** What the other end needs to read parts itself; null for chunks. */
  readonly file: PartFile | null
  private readonly window: SharedWindow
  private readonly control: Int32Array
  private readonly kernel: Kernel
  private readonly memory: Uint8Array
  private readonly input: OpenInput
  private scheduled = false
  private closed = false
  // For chunks only:
  private chunk: Uint8Array | null = null
  private chunkAt = 0
  private asked = false
  private part = -1
  private length = 0

  constructor(
    window: SharedWindow,
    control: Int32Array,
    kernel: Kernel,
    input: OpenInput,
    offset: number,
  ) {
    this.window = window
    this.control = control
    this.kernel = kernel
    this.memory = new Uint8Array(kernel.memory.buffer)
    this.input = input
    this.file = input.file && partFile(input.file, offset)
    window.reset(this.file ? partCount(this.file, window.slotSize) : -1)
  }

  /** Bytes of the disk or the pipe that the parser is done with (files) or that were taken in (chunks). */
  get done(): number {
    if (!this.file) return this.input.consumed()
    return Math.min(this.file.size, this.file.offset + this.window.kept * this.window.slotSize)
  }

  /** Do what can be done now, for a slice of time, and again until there is nothing left to do. */
  readonly pump = (): void => {
    if (this.scheduled || this.closed) return
    const until = performance.now() + SLICE_MS
    while (this.step() || this.stepBeforeSleep()) {
      if (performance.now() < until) continue
      this.scheduled = true
      setImmediate(() => {
        this.scheduled = false
        this.pump()
      })
      return
    }
  }

  /** Stop. The input's descriptor is closed, so the other end must not be reading. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.input.close()
    // Nobody waits for it, and a source that was just closed under it may well complain.
    this.input.chunks?.return().catch(() => {})
  }

  /** Ask for a message, then look once more: what changed before the other end saw the wish would be missed. */
  private stepBeforeSleep(): boolean {
    Atomics.store(this.control, IDLE, 1)
    if (!this.step()) return false
    Atomics.store(this.control, IDLE, 0)
    return true
  }

  private step(): boolean {
    return (this.file ? this.fillFromFile(this.file) : this.fillFromChunks()) || this.sum()
  }

  private fillFromFile(file: PartFile): boolean {
    const part = this.window.claimFill()
    if (part < 0) return false
    try {
      fillPart(file, this.window, this.memory, part)
    } catch (error) {
      this.failure = error
      this.window.fail(part)
    }
    this.changed()
    return true
  }

  private fillFromChunks(): boolean {
    if (this.part < 0) {
      this.part = this.window.claimFill()
      if (this.part < 0) return false
    }
    if (this.chunk === null) {
      this.askForChunk()
      return false
    }
    const count = Math.min(this.window.slotSize - this.length, this.chunk.length - this.chunkAt)
    const piece = this.chunk.subarray(this.chunkAt, this.chunkAt + count)
    this.memory.set(piece, this.window.address(this.part) + this.length)
    this.length += count
    this.chunkAt += count
    if (this.chunkAt === this.chunk.length) this.chunk = null
    if (this.length === this.window.slotSize) this.finishPart()
    return true
  }

  private sum(): boolean {
    const part = this.window.claimCrc()
    if (part < 0) return false
    sumPart(this.window, this.kernel, part)
    this.changed()
    return true
  }

  private finishPart(): void {
    this.window.setFilled(this.part, this.length)
    this.part = -1
    this.length = 0
    this.changed()
  }

  private askForChunk(): void {
    const {chunks} = this.input
    if (this.asked || !chunks) return
    this.asked = true
    chunks.next().then(
      ({value, done}) => {
        this.asked = false
        if (this.closed) return
        if (done) return this.finish(null)
        this.chunk = value
        this.chunkAt = 0
        this.pump()
      },
      (error) => {
        if (!this.closed) this.finish(error)
      },
    )
  }

  /** No chunk follows. `asked` stays as it is after an error and is of no more use after the end: no part is claimable. */
  private finish(failure: unknown): void {
    const parts = this.part + (this.length > 0 ? 1 : 0)
    if (this.length > 0) this.window.setFilled(this.part, this.length)
    if (failure === null) this.window.end(parts)
    else {
      this.failure = failure
      this.window.fail(parts)
    }
    this.asked = true
    this.changed()
    this.pump()
  }

  private changed(): void {
    Atomics.add(this.control, CHANGED, 1)
    Atomics.notify(this.control, CHANGED)
  }
}

function partFile({fd, path, size}: {fd: number; path: string; size: number}, offset: number) {
  return {fd, path, size, offset}
}
