/** `respite get`: values of single keys. Reading ends with the last of them. */
import type {Entry, EntrySink} from '../formats/entry.ts'
import {compareBytes} from '../formats/text.ts'
import type {Host} from '../io/host.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {type DatasetOptions, openDataset} from './dataset-source.ts'
import {type GetEntry, type GetReport, GetRow} from './get-reports.ts'
import {GetRows} from './get-rows.ts'
import {ValueGiver, type ValuePart} from './get-value.ts'
import {reportBytes} from './report-builder.ts'
import {keyOf} from './select.ts'

export interface GetOptions extends DatasetOptions {
  keys: readonly Uint8Array[]
  /** Only in this database; null: in all, to the end of the input. */
  db: number | null
  part?: ValuePart
}

/** All that was asked for has been seen. */
class Enough extends Error {}

/** Emits rows (get-rows.ts). @throws InputError. What stands in the way of the data itself is in the report. */
export function get(host: Host, [input]: readonly string[], options: GetOptions): GetReport {
  const keys = options.keys.map((key) => ({key: reportBytes(key), databases: []}))
  const report: GetReport = {schema: 'respite.get/1', input, kind: 'unknown', keys, stoppedAt: null}
  const rows = new GetRows((chunk) => host.emit(chunk))
  try {
    const source = openDataset(host, input, options)
    report.kind = source.kind
    readKeys(source, new Getter(options, report, rows))
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    report.stoppedAt = error.finding
  }
  rows.flush()
  return report
}

function readKeys(source: DatasetSource, getter: Getter): void {
  try {
    source.read(getter)
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
}

class Getter implements EntrySink {
  private readonly options: GetOptions
  private readonly report: GetReport
  private readonly rows: GetRows
  private readonly giver: ValueGiver
  private left: number

  constructor(options: GetOptions, report: GetReport, rows: GetRows) {
    this.options = options
    this.report = report
    this.rows = rows
    this.giver = new ValueGiver(rows, options.part ?? {})
    this.left = options.db === null ? Number.POSITIVE_INFINITY : options.keys.length
  }

  library(): void {}

  entry(entry: Entry): void {
    const index = this.indexOf(entry)
    if (index < 0) {
      entry.skipValue()
      return
    }
    const {rows, giver} = this
    rows.text(GetRow.ENTRY, JSON.stringify(headOf(entry)))
    entry.readValue(giver)
    rows.text(GetRow.END, '')
    this.report.keys[index].databases.push(entry.db)
    if (--this.left === 0) throw new Enough()
  }

  /** Which of the keys asked for it is, -1 for none. */
  private indexOf({db, memory, keyStart, keyEnd}: Entry): number {
    const {keys, db: wanted} = this.options
    if (wanted !== null && db !== wanted) return -1
    const length = keyEnd - keyStart
    return keys.findIndex(
      (key) => key.length === length && compareBytes(key, memory.subarray(keyStart, keyEnd)) === 0,
    )
  }
}

function headOf(entry: Entry): GetEntry {
  const {db, logical, expiresAtMs} = entry
  return {db, key: reportBytes(keyOf(entry)), type: logical, expiresAtMs}
}
