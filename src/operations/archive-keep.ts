/** What of an archive is kept, and for how long. Nothing goes before everything that stays has been read in depth. */
import {runOperation} from '../io/run-operation.ts'
import type {ArchiveSet, Generation} from './archive-set.ts'
import type {CheckReport} from './reports.ts'

export interface KeepRules {
  /** Points in time this far back can be restored. */
  keepMs?: number
  /** So many bases stay, the newest included. Where neither is said, three. */
  keepBases?: number
}

const BASES = 3

export class ArchiveKeeper {
  expired = 0
  /** Why nothing may go. */
  trouble: string | null = null
  private readonly set: ArchiveSet
  private readonly rules: KeepRules
  private running: Promise<void> = Promise.resolve()

  constructor(set: ArchiveSet, rules: KeepRules) {
    this.set = set
    this.rules = rules
  }

  /** Look after what is there by now; one at a time. */
  start(): void {
    this.running = this.running.then(() => this.tidy(Date.now()))
  }

  idle(): Promise<void> {
    return this.running
  }

  private async tidy(nowMs: number): Promise<void> {
    const gone = this.expiredAt(nowMs)
    if (gone.length === 0) return
    const {set} = this
    const current = set.current
    const kept = set.generations.filter((each) => !gone.includes(each))
    for (const each of kept) {
      // What is written to now was not expired for, and was read as it came.
      const names = each === current ? [each.base] : [each.base, ...each.logs]
      for (const name of names) if (!(await this.isSound(name))) return
    }
    set.remove(gone)
    this.expired += gone.length
    this.trouble = null
  }

  /** Either rule keeps. */
  private expiredAt(nowMs: number): Generation[] {
    const {set, rules} = this
    const {keepMs} = rules
    const bases = rules.keepBases ?? (keepMs === undefined ? BASES : 1)
    const {generations} = set
    return generations.filter((_, i) => {
      const next = generations[i + 1]
      if (next === undefined || i >= generations.length - bases) return false
      return keepMs === undefined || set.timeOf(next) < nowMs - keepMs
    })
  }

  private async isSound(name: string): Promise<boolean> {
    const {set} = this
    const path = set.path(name)
    try {
      const report = await runOperation<CheckReport>('check', [path], {}, {mode: 'worker'})
      if (report.verdict === 'sound' || report.verdict === 'warnings') return true
      this.trouble = `${name} is ${report.verdict}: nothing is expired before it is repaired`
    } catch (error) {
      this.trouble = `${name}: ${(error as Error).message}: nothing is expired`
    }
    return false
  }
}
