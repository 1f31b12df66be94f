/** What is on disk, what would be loaded, and how much a crash would cost. */
import {join} from 'node:path'
import {countText, sizeText} from '../sizes.ts'
import type {Patient} from './doctor.ts'
import type {DoctorFinding} from './doctor-reports.ts'
import type {Settings} from './doctor-settings.ts'
import {quote} from './next-step.ts'

/** A log this many times past the size at which it should have been rewritten was not. */
const OVERDUE = 2
/** The kernel writes out what nobody asked it to within half a minute. */
const KERNEL_SECONDS = 30

export function persistenceFindings(patient: Patient): DoctorFinding[] {
  return [
    ...loadFindings(patient),
    ...(patient.appendonly ? logFindings(patient) : snapshotFindings(patient)),
    ...spaceFindings(patient),
  ]
}

/** Will it start with the data that is there? */
function loadFindings({layout, config, appendonly, access}: Patient): DoctorFinding[] {
  const found: DoctorFinding[] = []
  const left = layout.files.filter(
    ({loaded, head, bytes}) => !loaded && (head === 'rdb' || head === 'aof') && bytes > 0,
  )
  const startsEmpty = !layout.files.some(({loaded, head}) => loaded && head !== null)
  if (startsEmpty && left.length > 0) {
    const names = left.map(({name}) => name).join(', ')
    const dump = left.find(({head}) => head === 'rdb')
    found.push({
      code: 'STARTS_EMPTY',
      severity: 'error',
      message: `a server would start EMPTY and ignore ${names}`,
      why: 'With appendonly yes only a log is loaded, and the first save of the empty server replaces the snapshot.',
      next: dump
        ? `do not start it: respite convert ${quote(dump.path)} --to aof -o ${quote(join(layout.root, config.appenddirname))}, or start with appendonly no and then CONFIG SET appendonly yes`
        : 'do not start it before the configuration names these files',
    })
  }
  if (appendonly || startsEmpty) return found
  const timeOf = (path: string) => access.find((each) => each.path === path)?.modifiedMs ?? 0
  const dump = layout.files.find(({loaded}) => loaded)
  const newer = left.find(({head, path}) => head === 'aof' && timeOf(path) > timeOf(dump!.path))
  if (dump === undefined || newer === undefined) return found
  const minutes = Math.round((timeOf(newer.path) - timeOf(dump.path)) / 60000)
  found.push({
    code: 'OLD_DUMP',
    severity: 'error',
    message: `${dump.name} is loaded, though ${newer.name} is ${countText(minutes)} minutes newer`,
    why: 'What was written since is in the log only, and appendonly no ignores it.',
    next: 'appendonly yes, if the log is what counts',
  })
  return found
}

function snapshotFindings({settings, guessed}: Patient): DoctorFinding[] {
  const points = settings.savePoints
  if (points.length === 0) {
    return [
      {
        code: 'NO_PERSISTENCE',
        severity: 'error',
        message: 'appendonly no and no save points: nothing is written to disk',
        why: 'A restart loses everything since the last SAVE by hand.',
        next: 'appendonly yes, or save 3600 1 300 100 60 10000',
      },
    ]
  }
  const longest = points.reduce((a, b) => (a.seconds > b.seconds ? a : b))
  const minutes = Math.round(longest.seconds / 60)
  return [
    {
      code: 'LOSS_WINDOW',
      severity: guessed ? 'note' : 'warning',
      message: `snapshots only: a crash loses up to ${countText(minutes)} minutes of writes, those since the last save`,
      why: `The longest save point is ${longest.seconds} seconds${longest.changes > 1 ? `, and fewer than ${longest.changes} changes are never saved` : ''}.`,
      next: 'appendonly yes',
    },
    ...stopWrites(settings),
  ]
}

function stopWrites(settings: Settings): DoctorFinding[] {
  if (settings.isOn('stop-writes-on-bgsave-error', true)) return []
  return [
    {
      code: 'LOSS_WINDOW',
      severity: 'warning',
      message: 'stop-writes-on-bgsave-error is no: nobody notices when snapshots fail',
      why: 'A full disk then goes on until the next restart, which loads the last snapshot that worked.',
      next: 'stop-writes-on-bgsave-error yes',
    },
  ]
}

function logFindings(patient: Patient): DoctorFinding[] {
  const {settings, guessed} = patient
  const found = [...fsyncFindings(settings), ...rewriteFindings(patient)]
  if (!guessed && settings.savePoints.length > 0) {
    found.push({
      code: 'SAVE_BESIDE_AOF',
      severity: 'note',
      message: `${settings.savePoints.length} save points beside the log`,
      why: 'Loading a log that holds a FLUSHALL writes a snapshot, over the last one with data in it. Both also fork.',
      next: 'save "", where the log is what counts',
    })
  }
  if (!settings.isOn('aof-load-truncated', true)) {
    found.push({
      code: 'TORN_WRITES',
      severity: 'note',
      message:
        'aof-load-truncated is no: after a power cut the server stops at the last, torn command',
      why: 'That is safe, and somebody has to be there.',
      next: 'respite repair DIR --in-place, before each start',
    })
  }
  if (!settings.isOn('aof-use-rdb-preamble', true)) {
    found.push({
      code: 'REWRITE',
      severity: 'note',
      message: 'aof-use-rdb-preamble is no: the base is written as commands',
      why: 'It is larger and takes several times as long to load.',
      next: 'aof-use-rdb-preamble yes',
    })
  }
  return found
}

function fsyncFindings(settings: Settings): DoctorFinding[] {
  const mode = settings.text('appendfsync', 'everysec')
  const found: DoctorFinding[] = []
  if (mode === 'no') {
    found.push({
      code: 'LOSS_WINDOW',
      severity: 'warning',
      message: `appendfsync no: a power cut loses up to about ${KERNEL_SECONDS} seconds of writes`,
      why: 'The kernel decides when it writes. A crash of the server alone loses nothing.',
      next: 'appendfsync everysec',
    })
  } else if (mode === 'everysec') {
    found.push({
      code: 'LOSS_WINDOW',
      severity: 'note',
      message: 'appendfsync everysec: a power cut loses up to 2 seconds of writes',
      why: 'A slow disk may hold one fsync back for a second before the server waits for it.',
      next: null,
    })
  }
  if (mode !== 'no' && settings.isOn('no-appendfsync-on-rewrite', false)) {
    found.push({
      code: 'LOSS_WINDOW',
      severity: 'warning',
      message: 'no-appendfsync-on-rewrite is yes: while a rewrite or a save runs nothing is synced',
      why: `A power cut then loses up to about ${KERNEL_SECONDS} seconds of writes, whatever appendfsync says.`,
      next: 'no-appendfsync-on-rewrite no',
    })
  }
  return found
}

function rewriteFindings({settings, facts}: Patient): DoctorFinding[] {
  const {baseBytes, logBytes} = facts
  const percentage = settings.number('auto-aof-rewrite-percentage', 100)
  const least = settings.bytes('auto-aof-rewrite-min-size', 0x4000000)
  const size = baseBytes + logBytes
  if (percentage === 0) {
    return [
      {
        code: 'REWRITE',
        severity: 'warning',
        message: `auto-aof-rewrite-percentage is 0: the log grows until the disk is full; it has ${sizeText(size, false)}`,
        why: 'It is rewritten only when somebody says BGREWRITEAOF.',
        next: 'auto-aof-rewrite-percentage 100',
      },
    ]
  }
  // Without a base nobody knows what the server compares with.
  const due = Math.max(least, baseBytes * (1 + percentage / 100))
  if (baseBytes === 0 || size < due * OVERDUE) return []
  return [
    {
      code: 'REWRITE',
      severity: 'warning',
      message: `the log has ${sizeText(size, false)} and should have been rewritten at ${sizeText(due, false)}`,
      why: 'Rewrites fail, or are switched off at run time: look for "Background AOF rewrite" in the log of the server. Loading takes longer every day.',
      next: 'respite compact DIR --in-place, while the server is stopped',
    },
  ]
}

/** A new base lies beside the old one until it is whole; while it is written the log goes on. */
function spaceFindings({facts, appendonly}: Patient): DoctorFinding[] {
  const {diskFreeBytes: free, baseBytes, logBytes, usedMemoryBytes} = facts
  const size = baseBytes > 0 ? baseBytes : logBytes
  if (free === null || size === 0) return []
  const most = Math.max(size, Math.min(usedMemoryBytes ?? size, size + logBytes))
  if (free >= most * 2) return []
  const what = appendonly ? 'rewrite' : 'save'
  return [
    {
      code: 'DISK_SPACE',
      severity: free < size ? 'error' : 'warning',
      message: `${sizeText(free, false)} of disk are free; a ${what} needs ${sizeText(size, false)}, and up to ${sizeText(most, false)} if the log is all new data`,
      why: `Old and new lie side by side until the ${what} is done. When it fails, ${appendonly ? 'the log grows on' : 'the server refuses writes'}.`,
      next: null,
    },
  ]
}
