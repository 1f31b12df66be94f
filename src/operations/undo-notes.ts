/** What has to be known before something is undone, in sentences. */
import {Exit, RespiteError} from '../errors.ts'
import {detectHead} from '../io/detect.ts'
import type {Host} from '../io/host.ts'
import type {EditSource} from './edit-source.ts'
import type {FileToLoad} from './load-dataset.ts'
import {creationTime} from './set-order.ts'

/** What a log that begins with the first of `files` cannot know. */
export function chainNotes(
  host: Host,
  [first]: readonly FileToLoad[],
  fromHistory: boolean,
): string[] {
  const notes: string[] = []
  const created = creationTime(host, first.path)
  if (created !== null) {
    const time = new Date(created * 1000).toISOString().replace('.000Z', 'Z')
    notes.push(
      `The log begins with ${first.name}, a snapshot of ${time}: what was removed before that is not in it.`,
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
  throw new RespiteError(Exit.UNREPAIRABLE, 'NO_LOG', message, ELSEWHERE)
}
