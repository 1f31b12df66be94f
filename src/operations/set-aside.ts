/**
 * Files that leave a set in place. They belong to it until its manifest is replaced, and in the next moment a server may start. So the
 * new manifest counts on from their numbers: a server that goes on writing takes none of their names. Then they get the names of
 * backups. What a run that was killed between the two has left under its old name is moved by the next run in place.
 */
import {basename, dirname, join} from 'node:path'
import {badFileName, type ManifestEntry, readManifest} from '../formats/aof/manifest.ts'
import {freeName} from '../io/back-up.ts'
import {nodeDisk} from '../io/disk.ts'
import {readTextIfAny} from '../io/read-text.ts'
import {syncDirectory} from '../io/replace-file.ts'

/** Servers name files by these numbers. */
const NUMBERED = /\.(\d{1,15})\.(base|incr)\.(?:rdb|aof)$/
/** Of a manifest's backup; a second one within the second has a number behind it. */
const STAMP = /^(\d{8}T\d{6}Z)(?:-\d+)?$/

/** The lines of a manifest, the last of each kind with a number that no file which leaves the set has more than. */
export function countOn(
  lines: readonly ManifestEntry[],
  leftOut: readonly string[],
): ManifestEntry[] {
  const highest = {b: 0, i: 0, h: 0}
  for (const path of leftOut) {
    const [, number, kind] = NUMBERED.exec(basename(path)) ?? []
    if (kind === undefined) continue
    const type = kind === 'base' ? 'b' : 'i'
    highest[type] = Math.max(highest[type], Number(number))
  }
  return lines.map((line, i) => {
    const isLast = lines.findLastIndex(({type}) => type === line.type) === i
    return isLast ? {...line, seq: Math.max(line.seq, highest[line.type])} : line
  })
}

/** Give files the names of backups, which are returned. */
export function setAside(paths: readonly string[], stamp: string): string[] {
  const disk = nodeDisk()
  const moved = paths.map((path) => {
    const aside = freeName(`${path}.bak-${stamp}`, '', disk)
    disk.rename(path, aside)
    return aside
  })
  for (const directory of new Set(moved.map(dirname))) syncDirectory(disk, directory)
  return moved
}

/** Do what the run that made this set had left to do: the backup of the manifest before says which files it took out. */
export function finishAside(directory: string, manifest: string): string[] {
  const disk = nodeDisk()
  const start = `${manifest}.bak-`
  const backups = disk
    .readdir(directory)
    .filter((name) => name.startsWith(start) && STAMP.test(name.slice(start.length)))
  const backup = backups.sort().at(-1)
  if (backup === undefined) return []
  const [, stamp] = STAMP.exec(backup.slice(start.length)) ?? []
  const names = namesThatLeft(
    entriesOf(join(directory, manifest)),
    entriesOf(join(directory, backup)),
    stamp,
  )
  const paths = names.map((name) => join(directory, name))
  return setAside(
    paths.filter((path) => disk.lstat(path)?.isFile()),
    stamp,
  )
}

function entriesOf(path: string): ManifestEntry[] {
  const {entries} = readManifest(Buffer.from(readTextIfAny(path) ?? ''))
  return entries.filter(({name}) => badFileName(name) === null)
}

/** None where something else has changed the set since: a server that went on, another run. */
function namesThatLeft(
  now: readonly ManifestEntry[],
  before: readonly ManifestEntry[],
  stamp: string,
): string[] {
  const own = new RegExp(`\\.[a-z]+-${stamp}(?:-\\d+)?`)
  const sources = new Set(now.map(({name}) => name.replace(own, '')))
  const known = new Set(before.map(({name}) => name))
  if (now.length === 0 || [...sources].some((name) => !known.has(name))) return []
  return before.filter(({type, name}) => type !== 'h' && !sources.has(name)).map(({name}) => name)
}
