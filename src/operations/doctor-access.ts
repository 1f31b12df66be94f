/** Names and rights: commands under other names, commands that block, files that the server cannot open or everybody can. */
import {DEFAULT_COMMANDS} from '../engine/commands/table.ts'
import type {Patient} from './doctor.ts'
import type {DoctorFinding} from './doctor-reports.ts'

/** They walk over everything in one go, or throw everything away. */
const HEAVY = ['KEYS', 'FLUSHALL', 'FLUSHDB', 'SAVE', 'DEBUG']

export function accessFindings(patient: Patient): DoctorFinding[] {
  return [...renameFindings(patient), ...heavyFindings(patient), ...rightsFindings(patient)]
}

/** A log holds the name that was typed, and for what the server rewrites the original: no server reads both. */
function renameFindings({config, appendonly}: Patient): DoctorFinding[] {
  const writes = [...config.renames].filter(([, original]) =>
    DEFAULT_COMMANDS.find(original)?.flags.has('write'),
  )
  if (writes.length === 0) return []
  const names = writes.map(([renamed, original]) => `${original} to ${renamed}`).join(', ')
  return [
    {
      code: 'RENAMED',
      severity: appendonly ? 'error' : 'warning',
      message: `rename-command of commands that write: ${names}`,
      why: 'A log and a replica get the name that was typed, but the original name for what the server rewrites itself: the server may refuse its own log.',
      next: 'ACL rules in their place; respite reads such a log with --config, and compact writes it with the original names',
    },
  ]
}

function heavyFindings({settings, guessed}: Patient): DoctorFinding[] {
  if (guessed || settings.has('aclfile') || settings.has('user')) return []
  const renamed = new Set(settings.lines('rename-command').map(([from]) => from.toUpperCase()))
  const open = HEAVY.filter((name) => !renamed.has(name)).filter(
    (name) => name !== 'DEBUG' || settings.text('enable-debug-command', 'no') !== 'no',
  )
  if (open.length === 0) return []
  return [
    {
      code: 'COMMANDS',
      severity: 'note',
      message: `every client may run ${open.join(', ')}`,
      why: 'KEYS and SAVE stop the server for as long as they take; FLUSHALL and FLUSHDB throw the data away.',
      next: 'user default on nopass ~* &* +@all -@dangerous, and a user of its own for administration',
    },
  ]
}

function rightsFindings({access, directory, layout}: Patient): DoctorFinding[] {
  const found: DoctorFinding[] = []
  const loaded = new Set(layout.files.filter((file) => file.loaded).map(({path}) => path))
  const nameOf = (path: string) => layout.files.find((each) => each.path === path)?.name ?? path
  const names = (paths: readonly {path: string}[]) => paths.map(({path}) => nameOf(path)).join(', ')
  const others = access.filter(({uid, path}) => loaded.has(path) && uid !== directory?.uid)
  if (directory !== null && others.length > 0) {
    found.push({
      code: 'ACCESS',
      severity: others.some(({mode}) => (mode & 0o044) === 0) ? 'error' : 'warning',
      message: `${names(others)}: owned by another user (${others[0].uid}) than the directory (${directory.uid})`,
      why: 'Files that were copied by hand belong to whoever did it: the server cannot open or replace them, and does not start.',
      next: `chown ${directory.uid}:${directory.gid} those files`,
    })
  }
  const open = access.filter(({mode}) => (mode & 0o002) !== 0)
  const read = access.filter(({mode}) => (mode & 0o006) === 0o004)
  if (open.length > 0) {
    found.push({
      code: 'ACCESS',
      severity: 'error',
      message: `${names(open)}: every user of the machine may write to it`,
      why: 'Whoever writes to it decides what the server loads.',
      next: 'chmod o-rwx those files',
    })
  }
  if (read.length > 0 && (directory === null || (directory.mode & 0o001) !== 0)) {
    found.push({
      code: 'ACCESS',
      severity: 'note',
      message: `${names(read)}: every user of the machine may read it`,
      why: 'All data are in it, passwords of the application included.',
      next: `chmod o-rx the directory`,
    })
  }
  return found
}
