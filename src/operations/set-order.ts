import {Cursor} from '../formats/bytes/cursor.ts'
import {fileTimeMs} from '../io/file-time.ts'
import type {Host} from '../io/host.ts'
import type {LogScan} from './scan-log.ts'
import type {Member, SetMembers} from './set-members.ts'
import {snapshotTime} from './snapshot-time.ts'

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
  if (base?.type !== 'b' || scans[0].kind !== 'rdb' || scans[0].damagedRdb) return
  const c = new Cursor(host.kernel).open(host.open(base.file.path, {crc: false}))
  const createdMs = snapshotTime(c)
  if (createdMs === null) return
  for (let i = members.length - 2; i >= 1; i--) {
    const seconds = scans[i].text?.lastTimestamp
    const lastMs = seconds ? seconds * 1000 : fileTimeMs(members[i].file.path)
    if (lastMs >= createdMs) continue
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
