/** Pieces of one output that several threads make: each piece is somebody's, and where it begins is known once those before it end. */
import {types} from 'node:util'

/** i32 next piece that is nobody's | i32 piece that may begin | i32 somebody gave up | unused | f64 where it begins */
const BYTES = 24
const CLAIMED = 0
const BEGUN = 1
const FAILED = 2
const START = 2

/** Another thread has met an error, which it will tell, or has ended without one: then waiting for its report tells. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp'
}

export class Turns {
  /** What other threads make their own one of. */
  readonly shared: SharedArrayBuffer
  private readonly control: Int32Array
  private readonly starts: Float64Array

  constructor(shared = new SharedArrayBuffer(BYTES)) {
    this.shared = shared
    this.control = new Int32Array(shared)
    this.starts = new Float64Array(shared)
  }

  /** Take the next piece, from 0 on. It has to be ended, or given up, by whoever survives (`giveUpFor`). */
  claim(): number {
    return Atomics.add(this.control, CLAIMED, 1)
  }

  /** Sleep until it is known where a piece begins. @throws GivenUp. */
  startOf(piece: number): number {
    const {control} = this
    for (;;) {
      const begun = Atomics.load(control, BEGUN)
      if (Atomics.load(control, FAILED) !== 0) throw new GivenUp()
      if (begun === piece) return this.starts[START]
      Atomics.wait(control, BEGUN, begun)
    }
  }

  /** The piece that began last ends at an offset. */
  end(piece: number, offset: number): void {
    this.starts[START] = offset
    Atomics.store(this.control, BEGUN, piece + 1)
    Atomics.notify(this.control, BEGUN)
  }

  /** Nobody is to wait any longer. */
  giveUp(): void {
    Atomics.store(this.control, FAILED, 1)
    // What sleeps on it wakes up only by another value.
    Atomics.add(this.control, BEGUN, 1 << 30)
    Atomics.notify(this.control, BEGUN)
  }
}

/** An operation has ended with an error, or its thread without any. Who takes turns with it has them in its options, as `turns`. */
export function giveUpFor(options: unknown): void {
  const turns: unknown = (options as {turns?: unknown} | null)?.turns
  if (types.isSharedArrayBuffer(turns)) new Turns(turns).giveUp()
}
