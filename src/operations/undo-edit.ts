/** From the commands that are to be taken out to what is written. */
import {type Edit, type Part, partsWithout} from './edit.ts'
import {type EditSource, editOf, type FileEdit, wholeFile} from './edit-source.ts'
import type {Place} from './load-dataset.ts'
import type {Target, TargetCut, TargetFile} from './undo-targets.ts'

/** The chain without its targets; with `dropAfter` also without what follows the last of them. */
export function undoEdit(
  source: EditSource,
  files: readonly TargetFile[],
  dropAfter: boolean,
): Edit {
  const last = files.findLastIndex(({targets}) => targets.length > 0)
  const kept = dropAfter ? files.slice(0, last + 1) : files
  return editOf(
    source,
    kept.map((file, i) => fileEdit(file, dropAfter && i === last)),
  )
}

function fileEdit({file, end, cuts, targets}: TargetFile, dropAfter: boolean): FileEdit {
  if (cuts.length === 0) return wholeFile(file)
  if (!dropAfter) return {file, parts: partsOf(cuts, end), removed: spansOf(cuts)}
  const start = startOf(targets[targets.length - 1])
  const before = cuts
    .map((cut) => ({...cut, end: Math.min(cut.end, start)}))
    .filter((cut) => cut.start < cut.end)
  return {
    file,
    parts: partsOf(before, start),
    removed: [...spansOf(before), {start, end}],
  }
}

function partsOf(cuts: readonly TargetCut[], end: number): Part[] {
  const insteads = cuts.map(({instead}) => instead)
  const parts = partsWithout(cuts, [], {start: 0, end}, (i) => insteads[i])
  // Behind the last byte partsWithout() inserts nothing.
  const last = cuts.at(-1)
  if (last?.end === end && last.instead) parts.push({kind: 'bytes', bytes: last.instead})
  return parts
}

const spansOf = (cuts: readonly TargetCut[]) => cuts.map(({start, end}) => ({start, end}))

/** Where what a target does begins: at its transaction. */
const startOf = ({offset, transaction}: Target): number => transaction ?? offset

/** The place right before the first target: up to there the output is what the input is. */
export function placeBefore(files: readonly TargetFile[]): Place {
  const {file, targets} = files.find((each) => each.targets.length > 0)!
  return {file: file.name, offset: startOf(targets[0])}
}
