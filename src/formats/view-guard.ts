/** For outputs that hold keys and values only: what else there is stops the conversion, unless it may be lost. */
import type {Entry} from './entry.ts'
import {type Feature, type Target, UnsupportedByTarget} from './rdb/features.ts'
import {RdbOpcode} from './rdb/types.ts'

export class ViewGuard {
  private readonly target: Target
  private readonly lost: ReadonlySet<Feature>

  constructor(target: Target, lost: ReadonlySet<Feature>) {
    this.target = target
    this.lost = lost
  }

  record(opcode: number): void {
    if (opcode === RdbOpcode.MODULE_AUX) this.refuse('module-aux')
    // The number means something else to Redis, which keeps it with keys.
    if (opcode === RdbOpcode.SLOT_IMPORT) this.refuse('slot-import')
  }

  entry({keyMeta}: Entry): void {
    if (keyMeta !== null) this.refuse('key-metadata')
  }

  /** @throws UnsupportedByTarget unless it may be lost. */
  refuse(feature: Feature): void {
    if (!this.lost.has(feature)) throw new UnsupportedByTarget(feature, this.target, null)
  }
}
