/** Pieces of one output that several threads make: each piece is somebody's, and where it begins is known once those before it are over. */
import {types} from 'node:util'

/** i32 next piece that is nobody's | i32 counts what happened | i32 somebody gave up | unused | per piece i64 its size + 1, 0 before its end */
const HEADER = 16
const CLAIMED = 0
const CHANGED = 1
const FAILED = 2

/** Another thread has met an error, which it will tell, or has ended without one: then waiting for its report tells. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp'
}

export class Turns {
  /** What other threads make their own one of. */
  readonly shared: SharedArrayBuffer
  private readonly control: Int32Array
  private readonly sizes: BigInt64Array
  /** Where a piece begins, and those before it are over. */
  private known = 0
  private start = 0

  /** Of so many pieces, or those that another thread shares. */
  constructor(pieces: number | SharedArrayBuffer) {
    this.shared = typeof pieces === 'number' ? new SharedArrayBuffer(HEADER + pieces * 8) : pieces
    this.control = new Int32Array(this.shared, 0, HEADER / 4)
    this.sizes = new BigInt64Array(this.shared, HEADER)
  }

  /** Take the next piece, from 0 on. It has to be ended, or given up, by whoever survives (`giveUpFor`). */
  claim(): number {
    return Atomics.add(this.control, CLAIMED, 1)
  }

  /** Where a piece begins, -1 while that is not known. A thread asks for its pieces in their order. */
  startNow(piece: number): number {
    for (; this.known < piece; this.known++) {
      const size = Number(Atomics.load(this.sizes, this.known))
      if (size === 0) return -1
      this.start += size - 1
    }
    return this.start
  }

  /** Sleep until it is known where a piece begins. @throws GivenUp. */
  startOf(piece: number): number {
    const {control} = this
    for (;;) {
      const seen = Atomics.load(control, CHANGED)
      if (Atomics.load(control, FAILED) !== 0) throw new GivenUp()
      const start = this.startNow(piece)
      if (start >= 0) return start
      Atomics.wait(control, CHANGED, seen)
    }
  }

  /** A piece is over, and has so many bytes. */
  end(piece: number, size: number): void {
    Atomics.store(this.sizes, piece, BigInt(size) + 1n)
    this.wake()
  }

  /** Nobody is to wait any longer. */
  giveUp(): void {
    Atomics.store(this.control, FAILED, 1)
    this.wake()
  }

  private wake(): void {
    Atomics.add(this.control, CHANGED, 1)
    Atomics.notify(this.control, CHANGED)
  }
}

/** An operation has ended with an error, or its thread without any. Who takes turns with it has them in its options, as `turns`. */
export function giveUpFor(options: unknown): void {
  const turns: unknown = (options as {turns?: unknown} | null)?.turns
  if (types.isSharedArrayBuffer(turns)) new Turns(turns).giveUp()
}
