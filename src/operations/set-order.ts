import {Cursor} from '../formats/bytes/cursor.ts'
import {FormatError} from '../formats/errors.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import type {LogScan} from './scan-log.ts'
import type {Member, SetMembers} from './set-members.ts'

/**
 * Without a manifest to say it: a log that was last written before the base was begun is in the base already, and applied again it
 * would count twice. Takes it out of `members` and `scans`.
 */
export function leaveOutOlder(
  host: Host,
  set: SetMembers,
  members: Member[],
  scans: LogScan[],
): void {
  const [base] = members
  if (base?.type !== 'b' || scans[0].kind !== 'rdb') return
  const createdAt = creationTime(host, base.file.path)
  if (createdAt === null) return
  for (let i = members.length - 2; i >= 1; i--) {
    const last = scans[i].text?.lastTimestamp ?? fileTimeMs(members[i].file.path) / 1000
    if (last >= createdAt) continue
    set.decisions.push({
      file: members[i].file.name,
      message: 'left out: it was last written before the base was begun, which holds what it says',
      certain: false,
      loss: false,
    })
    members.splice(i, 1)
    scans.splice(i, 1)
  }
}

/** AUX `ctime` of an RDB, Unix seconds; null without. */
export function creationTime(host: Host, path: string): number | null {
  const r = new RdbReader(new Cursor(host.kernel).open(host.open(path, {crc: false})))
  try {
    r.readHeader()
    while (r.next() === RdbOpcode.AUX) {
      const {name, value} = r.record
      if (text(name) === 'ctime') return Number(text(value)) || null
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
  }
  return null
}
