/** Makes the DUMP payload of a value that is given to `visitor`: see dump-payload.ts for its layout. */
import type {Kernel} from '../kernel/kernel.ts'
import {Growable} from '../packed/growable.ts'
import {type Feature, needsWritten, type Target} from './features.ts'
import type {WriteContext} from './write-context.ts'
import {RdbOutput} from './write-output.ts'
import {StringWriter} from './write-string.ts'
import {RdbValueWriter} from './write-value.ts'

const HOLD_LIMIT = Number.POSITIVE_INFINITY

export class DumpWriter implements WriteContext {
  readonly out: RdbOutput
  readonly strings: StringWriter
  readonly target: Target
  readonly drop: ReadonlySet<Feature> = new Set()
  readonly dropped = new Map<Feature, number>()
  readonly visitor: RdbValueWriter
  private readonly payload = new Growable()

  /** `kernel` must be this writer's own. */
  constructor(kernel: Kernel, target: Target) {
    const {payload} = this
    const into = {
      write: (memory: Uint8Array, start: number, end: number) => payload.append(memory, start, end),
    }
    this.target = target
    this.out = new RdbOutput(into, kernel, target, {checksum: true, holdLimit: HOLD_LIMIT})
    this.strings = new StringWriter(this.out, true)
    this.visitor = new RdbValueWriter(this)
  }

  begin(): void {
    this.payload.clear()
    this.out.restart()
  }

  /** What the value comes to; valid until the next begins. */
  end(): Uint8Array {
    const {out, payload, target} = this
    out.u8(target.version & 0xff)
    out.u8(target.version >> 8)
    out.finish()
    return payload.bytes.subarray(0, payload.length)
  }

  head(type: number): void {
    this.out.u8(type)
  }

  needs(feature: Feature): boolean {
    return needsWritten(this, feature, null)
  }
}
