/** Gives each entry to the sink of its part, and everything else to all of them. */
import type {DatasetHeader, Entry, EntrySink} from '../formats/entry.ts'
import type {RecordFields} from '../formats/rdb/opcodes.ts'
import type {ConvertPlan} from './convert-plan.ts'
import type {DatabaseCounts} from './reports.ts'
import type {Router} from './split-router.ts'

export class PartsSink implements EntrySink {
  /** Code of all libraries that came by. */
  readonly libraries: Uint8Array[] = []
  private readonly router: Router
  private readonly sinks: readonly EntrySink[]

  constructor(router: Router, sinks: readonly EntrySink[]) {
    this.router = router
    this.sinks = sinks
  }

  header(header: DatasetHeader): void {
    for (const sink of this.sinks) sink.header?.(header)
  }

  record(opcode: number, fields: RecordFields): void {
    for (const sink of this.sinks) sink.record?.(opcode, fields)
  }

  library(code: Uint8Array): void {
    this.libraries.push(code.slice())
    for (const sink of this.sinks) sink.library(code)
  }

  database(db: number): void {
    for (const sink of this.sinks) sink.database?.(db)
  }

  entry(entry: Entry): void {
    this.sinks[this.router.partOf(entry)].entry(entry)
  }
}

/** Looks at everything before it is written: what cannot be held, and how much goes to each part. */
export class SplitScan implements EntrySink {
  /** By part, by database. */
  readonly databases: Record<string, DatabaseCounts>[] = []
  private readonly plan: ConvertPlan
  private readonly router: Router

  constructor(plan: ConvertPlan, router: Router) {
    this.plan = plan
    this.router = router
  }

  header(header: DatasetHeader): void {
    this.plan.header(header)
  }

  record(opcode: number, fields: RecordFields): void {
    this.plan.record(opcode, fields)
  }

  library(): void {
    this.plan.library()
  }

  entry(entry: Entry): void {
    const {plan} = this
    const part = this.router.partOf(entry)
    const {db, logical, expiresAtMs} = entry
    const before = plan.keys
    plan.entry(entry)
    if (plan.keys === before) return
    const databases = (this.databases[part] ??= {})
    const counts = (databases[db] ??= {keys: 0, expires: 0, types: {}})
    counts.keys++
    if (expiresAtMs !== null) counts.expires++
    counts.types[logical] = (counts.types[logical] ?? 0) + 1
  }
}
