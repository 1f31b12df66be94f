/** What the reports of `rewind` and `undo` have in common when they are printed. */
import type {RewindReport} from '../operations/undo-reports.ts'
import {plural, sizeText} from '../sizes.ts'
import {printable} from './escape.ts'
import type {Printing} from './printing.ts'

type Edited = Pick<
  RewindReport,
  'output' | 'dryRun' | 'files' | 'leftOut' | 'fromHistory' | 'removedBytes' | 'aside'
>

/** Where it went, what it does without, and where that is. */
export function editFields(report: Edited, {exactBytes}: Printing): [string, string][] {
  const {output, dryRun, files, leftOut, fromHistory, removedBytes, aside} = report
  const size = (bytes: number) => sizeText(bytes, exactBytes)
  const kept = files.reduce((sum, {outputBytes}) => sum + outputBytes, 0)
  const fields: [string, string][] = [
    ['keeps', `${size(kept)} of ${plural(files.length, 'file')}`],
    ['leaves out', size(removedBytes)],
  ]
  for (const {file, bytes} of leftOut) {
    fields.push(['not in the set', `${printable(file)}, ${size(bytes)}`])
  }
  if (fromHistory) fields.push(['begins with', `${printable(files[0].file)}, a history file`])
  if (output !== null) fields.push([dryRun ? 'would write' : 'written', printable(output)])
  if (aside.length > 0) {
    const rest = aside.length > 1 ? ` and ${plural(aside.length - 1, 'other file')}` : ''
    fields.push(['kept aside', `${printable(aside[0])}${rest}`])
  }
  return fields
}
