import {join} from 'node:path'
import {defaultConfig, type ServerConfig} from './config.ts'
import type {LayoutDisk} from './disk.ts'
import {findManifests, isTemp, lookAt, readSet} from './set-files.ts'
import type {Layout, LayoutFile} from './types.ts'

/** A directory with a manifest: a server's appenddirname, a BACKUP of Redis 8.10, or a copy of either. */
export function readSetDirectory(
  disk: LayoutDisk,
  directory: string,
  config: ServerConfig | undefined,
  prefix = '',
): Layout {
  const manifests = findManifests(disk, directory)
  const wanted = `${(config ?? defaultConfig()).appendfilename}.manifest`
  const name = manifests.includes(wanted) ? wanted : manifests[0]
  const set = readSet(disk, directory, name, prefix)
  const layout: Layout = {
    source: 'set-directory',
    kind: set.files.some(({loaded}) => loaded) ? 'aof-set' : 'nothing',
    root: directory,
    files: set.files,
    followedBy: null,
    reasons: [`${prefix}${name} is a manifest: a server loads the files that it names.`],
    findings: set.findings,
  }
  if (manifests.length > 1) {
    const chosen = name === wanted ? 'appendfilename names it' : 'it comes first by name'
    layout.reasons.push(
      `There are ${manifests.length} manifests; ${name} is read because ${chosen}.`,
    )
  }
  addOrphans(disk, directory, prefix, layout)
  return layout
}

/** A file that nothing loads, and that this is so. */
export function addOrphan(
  layout: Layout,
  file: Pick<LayoutFile, 'path' | 'name' | 'bytes' | 'head'>,
  role: 'temp' | 'orphan',
  message: string,
  meaning: string,
): void {
  layout.files.push({...file, role, seq: null, loaded: false})
  const place = {file: file.name, offset: null, line: null}
  layout.findings.push({code: 'SET_ORPHAN', severity: 'note', ...place, message, meaning})
}

/** What a server that died left in the middle of writing it. */
export const TEMP_MESSAGE = 'a temporary file that a server left behind'

/** Files that the manifest does not name. */
export function addOrphans(
  disk: LayoutDisk,
  directory: string,
  prefix: string,
  layout: Layout,
): void {
  const named = new Set(layout.files.map(({name}) => name))
  for (const plain of disk.names(directory)) {
    const name = prefix + plain
    if (named.has(name)) continue
    const path = join(directory, plain)
    if (disk.kind(path) === 'directory') continue
    const temp = isTemp(plain)
    const seen = temp ? null : lookAt(disk, directory, plain)
    const file = {path, name, bytes: seen?.bytes ?? 0, head: seen?.head ?? null}
    if (temp) addOrphan(layout, file, 'temp', TEMP_MESSAGE, TEMP_MEANING)
    else addOrphan(layout, file, 'orphan', 'no manifest names this file', ORPHAN_MEANING)
  }
}

const TEMP_MEANING =
  'Servers ignore it and never remove it. After a crash it may hold a nearly finished rewrite.'
const ORPHAN_MEANING = 'A server ignores it, and writes over it once a file of this name is due.'
