/** What a replay ran into, as findings: each kind of trouble once, with how often and where first. */
import type {Trouble} from '../engine/replay.ts'
import type {Meaning} from './check-meanings.ts'
import type {ReportBuilder} from './report-builder.ts'

/** Trouble of one sort: where it was first, and how many times it was there. */
interface Repeated {
  file: string
  first: Trouble
  count: number
}

/** What was found, as plain data: other threads hand it over. */
export interface Troubles {
  failed: number
  skipped: boolean
  repeated: Map<string, Repeated>
}

/** So many different kinds of trouble are told apart; the rest is only counted. */
const KINDS_MAX = 1000

const FAILED: Meaning = {
  severity: 'warning',
  meaning:
    'A server leaves it out and goes on: the data is not what it was when this was written. It was written with other data before it, or by another version.',
}
export const CANNOT: Meaning = {
  severity: 'error',
  meaning: 'Without it nobody knows what the data is at the end: only a server can tell.',
}

/** What expiries count from, by where the log is replayed. */
const COUNTED = {
  embedded: 'Replay counts them from when the file was last written.',
  server: 'The server of --engine counted them from when they were replayed.',
}

export class ReplayFindings {
  /** Commands that a server would answer with an error. */
  failed = 0
  /** There was a command that only another server can apply. */
  skipped = false
  private readonly where: keyof typeof COUNTED
  private repeated = new Map<string, Repeated>()

  constructor(where: keyof typeof COUNTED) {
    this.where = where
  }

  /** The rest of what replay meets is found by reading the log, and was reported so. */
  trouble(file: string, trouble: Trouble): void {
    const {kind, command} = trouble
    const cannot = kind === 'module' || kind === 'unsupported'
    if (kind === 'failed') this.failed++
    else if (kind !== 'relative-expiry' && !cannot) return
    if (cannot) this.skipped = true
    const what = kind === 'failed' ? `${command} ${errorText(trouble)}` : command
    const key = JSON.stringify([file, kind, kind === 'relative-expiry' ? '' : what])
    const seen = this.repeated.get(key)
    if (seen) seen.count++
    else if (this.repeated.size < KINDS_MAX)
      this.repeated.set(key, {file, first: trouble, count: 1})
  }

  get troubles(): Troubles {
    const {failed, skipped, repeated} = this
    return {failed, skipped, repeated}
  }

  /** Take over what the replay of another part of the same dataset ran into. */
  merge({failed, skipped, repeated}: Troubles): void {
    this.failed += failed
    this.skipped ||= skipped
    const merged = this.repeated
    for (const [key, each] of repeated) {
      const other = merged.get(key)
      const first = other && other.first.record < each.first.record ? other.first : each.first
      merged.set(key, {file: each.file, first, count: each.count + (other?.count ?? 0)})
    }
    // As one replay would have met them: of very many the report has the first.
    const met = [...merged].sort(([, a], [, b]) => a.first.record - b.first.record)
    this.repeated = new Map(met)
  }

  addTo(builder: ReportBuilder): void {
    for (const each of this.repeated.values()) this.add(builder, each)
  }

  private add(builder: ReportBuilder, {file, first, count}: Repeated): void {
    const {kind, command, offset, record, db} = first
    const place = {file, offset, record, db}
    const times = count > 1 ? ` (${count} times, here first)` : ''
    if (kind === 'failed') {
      const message = `${command} fails: ${errorText(first)}${times}`
      builder.add('AOF_FAILED', message, place, FAILED)
    } else if (kind === 'relative-expiry') {
      builder.add('AOF_EXPIRY', `${count} expiries without a time to count from`, place, {
        severity: 'note',
        meaning: `${COUNTED[this.where]} A server counts from when it loads the file.`,
      })
    } else builder.add('UNSUPPORTED', `${command} cannot be replayed${times}`, place, CANNOT)
  }
}

/** The server's words without what they repeat of the arguments: those may be values. */
export function errorText({command, detail}: Pick<Trouble, 'command' | 'detail'>): string {
  return detail
    .split(':', 1)[0]
    .replace(/ pair .*$/, ' pair')
    .replace(/'[^']*'/g, (quoted) =>
      quoted.slice(1, -1).toUpperCase() === command ? quoted : "'...'",
    )
}
