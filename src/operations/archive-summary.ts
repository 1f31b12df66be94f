/** The report of an archive, as it is at a moment. */
import type {ArchiveKeeper} from './archive-keep.ts'
import type {ArchiveRebase} from './archive-rebase.ts'
import type {ArchiveReport} from './archive-reports.ts'
import type {ArchiveSet} from './archive-set.ts'
import type {ArchiveStream} from './archive-stream.ts'

export function emptyReport(input: string, output: string): ArchiveReport {
  return {
    schema: 'respite.archive/1',
    ...{input, output},
    state: 'syncing',
    endedBy: null,
    position: null,
    lagBytes: null,
    commands: 0,
    bytes: 0,
    connections: 0,
    fullSyncs: 0,
    partialSyncs: 0,
    rebases: 0,
    expired: 0,
    generations: [],
    lastError: null,
  }
}

/** `report` holds what is over; the rest is asked of those who do it. */
export function summaryOf(
  report: ArchiveReport,
  stream: ArchiveStream | null,
  set: ArchiveSet,
  keeper: ArchiveKeeper,
  rebase: ArchiveRebase,
): ArchiveReport {
  return {
    ...report,
    position: stream === null ? report.position : {...stream.position},
    commands: report.commands + (stream?.commands ?? 0),
    bytes: report.bytes + (stream?.bytes ?? 0),
    expired: keeper.expired,
    lastError: keeper.trouble ?? rebase.trouble ?? report.lastError,
    generations: set.generations.map((each) => ({
      base: each.base,
      logs: [...each.logs],
      bytes: set.bytesOf(each),
      since: new Date(set.timeOf(each)).toISOString(),
    })),
  }
}
