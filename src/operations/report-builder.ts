/** Collects what `check` finds, in the shape of its report. */
import type {FormatError, FormatErrorCode} from '../formats/errors.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import {type Meaning, rdbMeaning} from './check-meanings.ts'
import {nextStep} from './next-step.ts'
import type {Bytes, CheckReport, DatabaseCounts, FileReport, Finding} from './reports.ts'

const FINDING_LIMIT = 100

/** Where a finding is; what is not known stays null. */
export interface Place {
  file: string
  offset?: number | null
  record?: number | null
  db?: number | null
  key?: Bytes | null
  path?: string[]
}

export class ReportBuilder {
  readonly report: CheckReport
  /** What is read now is no part of the dataset, so that only its bytes count: history files are restore points. */
  aside = false
  private readonly limit: number
  private errors = 0
  private truncations = 0
  private unsupported = 0
  private warnings = 0
  /** Where a file of the report lies, for the commands to run next. */
  private readonly paths = new Map<string, string>()

  constructor(input: string, depth: 'deep' | 'framing', limit = FINDING_LIMIT) {
    this.limit = limit
    this.report = {
      schema: 'respite.check/1',
      input,
      kind: 'unknown',
      wrapped: [],
      rdbVersion: null,
      dialect: null,
      producer: null,
      depth,
      bytes: 0,
      keys: 0,
      commands: 0,
      databases: {},
      commandCounts: {},
      logTimes: null,
      functions: [],
      modules: [],
      files: [],
      findings: [],
      findingCount: 0,
      intact: {bytes: 0, keys: 0, commands: 0},
      duplicates: 'checked',
      replay: null,
      verdict: 'sound',
    }
  }

  addFile(file: string, role: FileReport['role'], bytes: number, path = file): FileReport {
    this.paths.set(file, path)
    const entry = {file, role, bytes, intactBytes: bytes, keys: 0, commands: 0}
    this.report.files.push(entry)
    return entry
  }

  database(db: number): DatabaseCounts {
    const {databases} = this.report
    databases[db] ??= {keys: 0, expires: 0, types: {}}
    return databases[db]
  }

  countEntries(db: number, logical: LogicalType, keys: number): void {
    if (keys === 0 || this.aside) return
    const counts = this.database(db)
    counts.keys += keys
    counts.types[logical] = (counts.types[logical] ?? 0) + keys
    this.report.keys += keys
  }

  countExpires(db: number, keys: number): void {
    if (keys > 0 && !this.aside) this.database(db).expires += keys
  }

  countCommands(counts: Readonly<Record<string, number>>): void {
    if (this.aside) return
    const {report} = this
    for (const [name, count] of Object.entries(counts)) {
      report.commandCounts[name] = (report.commandCounts[name] ?? 0) + count
    }
  }

  /** Time annotations of a log, Unix seconds. */
  addTimes(first: number | null, last: number | null): void {
    if (this.aside || first === null || last === null) return
    this.report.logTimes = {first: this.report.logTimes?.first ?? first, last}
  }

  countIntact(bytes: number, keys: number, commands = 0): void {
    const {report} = this
    report.intact.bytes += bytes
    if (this.aside) return
    report.intact.keys += keys
    report.commands += commands
    report.intact.commands += commands
  }

  /** Add what a reader threw or doubted. */
  addError(error: FormatError, place: Place, doubt = false): void {
    const {code, offset, path, message} = error
    this.add(
      code,
      message,
      {...place, offset: place.offset ?? offset, path},
      rdbMeaning(code, doubt),
    )
  }

  add(
    code: FormatErrorCode,
    message: string,
    place: Place,
    weight: Meaning = rdbMeaning(code),
  ): void {
    const {file, offset = null, record = null, db = null, key = null, path = []} = place
    const {severity, meaning} = weight
    const step = severity === 'error' ? this.nextStep(code, file) : null
    const next = weight.next ?? step
    this.addFinding({code, severity, file, offset, record, db, key, path, message, meaning, next})
  }

  addFinding(finding: Finding): void {
    const {report} = this
    const {code, severity} = finding
    report.findingCount++
    // Errors are never crowded out by warnings and notes.
    if (report.findings.length < this.limit) report.findings.push(finding)
    else if (severity === 'error') this.replaceLighter(finding)
    if (severity === 'warning') this.warnings++
    if (severity !== 'error') return
    if (code === 'UNSUPPORTED' || code === 'LIMIT') this.unsupported++
    else {
      this.errors++
      if (code === 'TRUNCATED' || code === 'EMPTY_INPUT') this.truncations++
    }
  }

  private nextStep(code: FormatErrorCode, file: string): string | null {
    const {files, input} = this.report
    const isDump = files.some((each) => each.file === file && each.role === 'rdb')
    return isDump ? nextStep(code, this.paths.get(file) ?? file, 'salvage') : nextStep(code, input)
  }

  /** Settle sizes, the verdict and the order of findings. */
  finish(): CheckReport {
    const {report} = this
    // Orphans are named, not read.
    const read = report.files.filter(({role}) => role !== 'orphan')
    report.bytes = read.reduce((sum, {bytes}) => sum + bytes, 0)
    const order = new Map(report.files.map(({file}, i) => [file, i]))
    report.findings.sort(
      (a, b) =>
        (order.get(a.file) ?? -1) - (order.get(b.file) ?? -1) ||
        (a.offset ?? -1) - (b.offset ?? -1),
    )
    // Runs and single entries meet types in another order: the report must not depend on where windows end.
    for (const counts of Object.values(report.databases)) counts.types = sorted(counts.types)
    report.verdict = this.verdict()
    return report
  }

  private verdict(): CheckReport['verdict'] {
    if (this.errors > this.truncations) return 'damaged'
    if (this.truncations > 0) return 'truncated'
    if (this.unsupported > 0) return 'unsupported'
    return this.warnings > 0 ? 'warnings' : 'sound'
  }

  private replaceLighter(finding: Finding): void {
    const {findings} = this.report
    const lighter = findings.findIndex(({severity}) => severity !== 'error')
    if (lighter >= 0) findings[lighter] = finding
  }
}

function sorted(types: DatabaseCounts['types']): DatabaseCounts['types'] {
  return Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const decoder = new TextDecoder('utf-8', {ignoreBOM: true})
const encoder = new TextEncoder()

/** A key for a report: text where it is valid UTF-8, else base64. */
export function reportBytes(bytes: Uint8Array): Bytes {
  const text = decoder.decode(bytes)
  // What is not valid became U+FFFD, which may also be there by itself.
  if (!text.includes('\ufffd') || isEncoded(text, bytes)) return text
  return {base64: btoa(String.fromCharCode(...bytes))}
}

function isEncoded(text: string, bytes: Uint8Array): boolean {
  const encoded = encoder.encode(text)
  return encoded.length === bytes.length && encoded.every((byte, i) => byte === bytes[i])
}
