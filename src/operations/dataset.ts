/** What every source of entries is to the operations. */
import type {CommandTimes} from '../engine/command-times.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import type {EntrySink} from '../formats/entry.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {Finding, InputKind} from './reports.ts'

/** Of what nobody reads nothing is verified, or only the checksum. */
export type Shallow = boolean | 'checksum'

export interface DatasetSource {
  readonly input: string
  readonly kind: InputKind
  /** What the entries' keys and values lie in: digests of them are made over it. */
  readonly memory: HashMemory
  /** `read` may be called again, and gives the same entries in the same order. */
  readonly repeatable: boolean
  /** When the data was what it is, in ms: an RDB says so itself, of the rest the file's own time counts. */
  readonly createdAtMs: number
  /** The same only where it says so itself: an RDB by its AUX field, a log by its last annotation. */
  readonly toldTimeMs: number | null
  /** `redis 7.0.15`, where the input says. */
  readonly producer: string | null
  readonly rdbVersion: number | null
  readonly dialect: 'redis' | 'valkey' | null
  /** Paths of all files that it was read from. */
  readonly paths: readonly string[]
  /** Where idle times come from, if they were asked for and there is a log. */
  readonly times?: CommandTimes | null
  /**
   * Give everything to a sink. With `shallow`, the insides of values that nobody reads are not verified, nor is the checksum unless
   * it is asked for. @throws Unreadable, and what the sink throws.
   */
  read(sink: EntrySink, shallow?: Shallow): void
}

/** The input is damaged, or only a server can read it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly finding: Finding

  constructor(finding: Finding) {
    super(finding.message)
    this.finding = finding
  }
}

export function firstError(builder: ReportBuilder): Unreadable {
  const {findings} = builder.finish()
  return new Unreadable(findings.find(({severity}) => severity === 'error') ?? findings[0])
}

export function throwFinding(builder: ReportBuilder): void {
  if (builder.report.findings.some(({severity}) => severity === 'error')) throw firstError(builder)
}
