/** What has to be known before something is undone, in sentences. */
import {Exit, RespiteError} from '../errors.ts'
import {detectHead} from '../io/detect.ts'
import type {Host} from '../io/host.ts'
import type {EditSource} from './edit-source.ts'
import {quote} from './next-step.ts'

/** What a log cannot know that begins with the file `first`, an RDB begun at `createdMs` if it is one. */
export function chainNotes(
  first: string,
  createdMs: number | null,
  fromHistory: boolean,
): string[] {
  const notes: string[] = []
  if (createdMs !== null) {
    const time = new Date(createdMs).toISOString().replace('.000Z', 'Z')
    notes.push(
      `The log begins with ${first}, a snapshot of ${time}: what was removed before that is not in it.`,
    )
  }
  if (fromHistory) {
    notes.push('It is a history file: the log was rewritten since, and its server would delete it.')
  }
  return notes
}

/** Where data may still be that is in no log any more. */
export const ELSEWHERE =
  'look for it on replicas that were not connected then, in backups and snapshots of the file system, and in copies of older files'

/** An RDB has no commands. @throws RespiteError where there is nothing else. */
export function refuseSnapshot(host: Host, {input, chains}: EditSource): void {
  const [[first]] = chains
  if (chains[0].length > 1) return
  const feed = host.open(first.path, {crc: false})
  if (detectHead(feed.head).kind !== 'rdb') return
  const message = `${input}: a snapshot without a log (appendonly no): it holds one moment, and no command that could be taken out. FLUSHALL empties dump.rdb at once where save points are configured`
  const next = `see what it holds: respite info ${quote(input)}; else ${ELSEWHERE}`
  throw new RespiteError(Exit.UNREPAIRABLE, 'NO_LOG', message, next)
}
