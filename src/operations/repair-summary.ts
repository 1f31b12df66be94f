/** The figures of a repair. */
import type {Host} from '../io/host.ts'
import {bytesOf, type Edit} from './edit.ts'
import type {EditedFileReport, RepairReport} from './edit-reports.ts'
import {headOf, lostOfBase, type PlannedFile} from './repair-plan.ts'
import type {Member} from './set-members.ts'

/** No more may be lost than this; of several limits each counts. */
export interface LossLimit {
  bytes?: number
  commands?: number
  percent?: number
}

const CUTS_LISTED = 100

type Figures = Pick<
  RepairReport,
  'cuts' | 'cutCount' | 'inside' | 'salvaged' | 'reframed' | 'loss' | 'kept'
>

export function summary(host: Host, files: readonly PlannedFile[]): Figures {
  const all = files.flatMap(({scan, cuts}) => cuts.map((cut) => ({scan, cut})))
  const bytes = sum(files, ({scan}) => scan.bytes)
  const ofBases = sum(files, ({scan}) => sum(lostOfBase(scan), ({start, end}) => end - start))
  const lost = ofBases + sum(all, ({cut}) => cut.end - cut.start)
  const commands = sum(files, ({scan}) => scan.text?.commands ?? 0)
  return {
    cuts: all.slice(0, CUTS_LISTED).map(({scan, cut}) => ({
      file: scan.file,
      offset: cut.start,
      bytes: cut.end - cut.start,
      reason: cut.reason,
      commands: cut.commands,
      head: headOf(host, scan.path, cut),
      select: cut.select,
      databaseUnsure: cut.databaseUnsure && cut.end < scan.bytes,
    })),
    cutCount: all.length,
    inside: files
      .map(({scan}) => ({file: scan.file, offset: scan.cuts.insideOffset}))
      .filter(({offset}) => offset >= 0),
    salvaged: files.flatMap(({scan}) => {
      if (scan.salvaged === null) return []
      const {keys, gapCount, bytesLost} = scan.salvaged.result.report
      return [{file: scan.file, keys, gaps: gapCount, bytesLost}]
    }),
    reframed: sum(files, ({scan}) => scan.cuts.reframed.length),
    loss: {
      bytes: lost,
      percent: bytes === 0 ? 0 : (100 * lost) / bytes,
      // What cannot be read was one command at least.
      commands: sum(all, ({cut}) => Math.max(1, cut.commands)),
    },
    kept: {bytes: bytes - lost, commands: commands - sum(all, ({cut}) => cut.commands)},
  }
}

/** Is there anything to write but what is there already? */
export function isChanged(files: readonly PlannedFile[]): boolean {
  return files.some(({scan, cuts, added}) => {
    const changed = added !== null || scan.salvaged !== null || scan.cuts.reframed.length > 0
    return changed || cuts.length > 0
  })
}

export function fileReports(
  members: readonly Member[],
  files: readonly PlannedFile[],
  edit: Edit,
  isSet: boolean,
): EditedFileReport[] {
  return files.map(({scan, cuts}, i) => {
    const commands = scan.text?.commands ?? 0
    return {
      file: scan.file,
      name: edit.files[i].name,
      role: isSet ? (members[i].type === 'b' ? 'base' : 'incr') : 'aof',
      bytes: scan.bytes,
      outputBytes: bytesOf(edit.files[i].parts),
      commands,
      outputCommands: commands - sum(cuts, (cut) => cut.commands),
    }
  })
}

export function exceeded(limit: LossLimit, loss: RepairReport['loss']): string | null {
  if (limit.bytes !== undefined && loss.bytes > limit.bytes) {
    return `${loss.bytes} bytes would be lost, more than ${limit.bytes}`
  }
  if (limit.commands !== undefined && loss.commands > limit.commands) {
    return `${loss.commands} commands would be lost, more than ${limit.commands}`
  }
  if (limit.percent !== undefined && loss.percent > limit.percent) {
    return `${loss.percent.toFixed(2)} % would be lost, more than ${limit.percent} %`
  }
  return null
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
