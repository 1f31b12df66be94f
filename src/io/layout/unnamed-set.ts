import {join} from 'node:path'
import type {LayoutDisk} from './disk.ts'
import {isTemp, lookAt} from './set-files.ts'
import type {Layout, LayoutFile} from './types.ts'

/** `<appendfilename>.<seq>.base.rdb`, `.base.aof`, `.incr.aof`. */
const MEMBER = /^(.+)\.(\d{1,15})\.(base|incr)\.(?:rdb|aof)$/

/**
 * Files that are named like members of a set, without a manifest. They are offered in the order in which they most likely
 * belong together: the base of the highest sequence, then the incr files. Null when there are none.
 */
export function readUnnamedSet(disk: LayoutDisk, directory: string, prefix: string): Layout | null {
  const members: LayoutFile[] = []
  for (const name of disk.names(directory)) {
    const match = MEMBER.exec(name)
    if (match === null || isTemp(name)) continue
    const seen = lookAt(disk, directory, name)
    if (seen === null) continue
    members.push({
      path: join(directory, name),
      name: prefix + name,
      role: match[3] as 'base' | 'incr',
      bytes: seen.bytes,
      seq: Number(match[2]),
      head: seen.head,
      loaded: false,
    })
  }
  if (members.length === 0) return null
  const bases = members.filter(({role}) => role === 'base').sort((a, b) => b.seq! - a.seq!)
  const incrs = members.filter(({role}) => role === 'incr').sort((a, b) => a.seq! - b.seq!)
  for (const base of bases.slice(1)) base.role = 'orphan'
  return {
    source: 'set-directory',
    kind: 'nothing',
    root: directory,
    files: [...bases.slice(0, 1), ...incrs, ...bases.slice(1)],
    followedBy: null,
    reasons: ['There are files of an AOF set, but no manifest that says how they belong together.'],
    findings: [missingManifest(prefix, members)],
  }
}

function missingManifest(prefix: string, members: readonly LayoutFile[]): Layout['findings'][0] {
  const first = members.some(({seq}) => seq === 1)
  const overwrites = first
    ? ' It writes a new, empty base over the one of sequence 1, and replays an incr file of sequence 1 on it at the start after that.'
    : ''
  return {
    code: 'SET_NO_MANIFEST',
    severity: 'error',
    file: prefix === '' ? '.' : prefix.slice(0, -1),
    offset: null,
    line: null,
    message: `${members.length} files of an AOF set, and no manifest`,
    meaning: `A server with appendonly yes starts EMPTY here.${overwrites} Do not start one.`,
  }
}
