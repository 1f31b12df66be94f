/** A source as the flags want it: some of its entries, changed on their way. */
import {Exit, RespiteError} from '../errors.ts'
import type {EntrySink} from '../formats/entry.ts'
import type {DatasetSource, Shallow} from './dataset.ts'
import {isSelective, SelectingSink, type Selection, type Selector, selectorFor} from './select.ts'
import {isTransforming, type Transform, TransformingSink} from './transform.ts'

/** Expiries may have to count from a time that only the input says. */
export type WantedTransform = Transform & {asOfBackupMs?: number}

export class ChosenEntries {
  readonly source: DatasetSource
  /** All entries come, as they are. */
  readonly isWhole: boolean
  /** Entries that the last reading left out. */
  unselected = 0
  private readonly selection: Selection
  private readonly transform: Transform
  private selector: Selector | null = null

  constructor(source: DatasetSource, selection: Selection = {}, wanted: WantedTransform = {}) {
    this.source = source
    this.selection = selection
    this.transform = settled(wanted, source)
    this.isWhole = !isSelective(selection) && !isTransforming(this.transform)
  }

  /** Has to be called before the first `read`; reads the source where sizes or a sample are asked for. @throws as `source.read`. */
  async prepare(): Promise<void> {
    const {source, selection} = this
    if (isSelective(selection)) this.selector = await selectorFor(source, selection)
  }

  /** Give what is wanted to a sink, as it is to be. @throws as `source.read`, RespiteError `USAGE` where keys become the same. */
  read(sink: EntrySink, shallow: Shallow = false): void {
    const changing = isTransforming(this.transform)
      ? new TransformingSink(sink, this.transform)
      : null
    const selecting = this.selector && new SelectingSink(changing ?? sink, this.selector)
    this.source.read(selecting ?? changing ?? sink, shallow)
    changing?.refuseCollisions()
    this.unselected = selecting?.skipped ?? 0
  }
}

/** What is read from stdin can be read once only. @throws RespiteError `USAGE`. */
export function refuseTwice(
  source: DatasetSource,
  {sample, minSize}: Selection,
  {asOfBackupMs}: WantedTransform,
  dryRun: boolean,
): void {
  if (source.repeatable) return
  const twice = sample !== undefined || minSize !== undefined || dryRun
  if (!twice && asOfBackupMs === undefined) return
  const message =
    '--sample, --min-size, --ttl as-of-backup and --dry-run read the input twice: give it as a path'
  throw new RespiteError(Exit.USAGE, 'USAGE', message)
}

/** Where expiries count from is known now. */
function settled({asOfBackupMs, ...transform}: WantedTransform, source: DatasetSource): Transform {
  if (asOfBackupMs === undefined) return transform
  return {...transform, ttl: {shiftMs: asOfBackupMs - source.createdAtMs}}
}
