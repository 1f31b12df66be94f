import type {DatasetSource} from './dataset.ts'
import type {CommandTimesReport} from './evict-reports.ts'

const NOTE = 'a log has writes only: a key that is only read looks idle'

/** What `evict` says of idle times that come from commands; null where they do not. */
export function commandTimesOf({times}: DatasetSource, atLeast: number): CommandTimesReport | null {
  if (times == null || times.reference === null) return null
  const {reference, savedMs} = times
  return {
    until: new Date(reference * 1000).toISOString(),
    baseSavedAt: savedMs === null ? null : new Date(savedMs).toISOString(),
    atLeast,
    note: NOTE,
  }
}
