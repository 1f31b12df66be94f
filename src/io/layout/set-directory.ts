import {join} from 'node:path'
import {defaultConfig, type ServerConfig} from './config.ts'
import type {LayoutDisk} from './disk.ts'
import {findManifests, isTemp, lookAt, readSet} from './set-files.ts'
import type {Layout} from './types.ts'

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
    const seen = isTemp(plain) ? null : lookAt(disk, directory, plain)
    const temp = isTemp(plain)
    layout.files.push({
      path,
      name,
      role: temp ? 'temp' : 'orphan',
      bytes: seen?.bytes ?? 0,
      seq: null,
      head: seen?.head ?? null,
      loaded: false,
    })
    layout.findings.push({
      code: 'SET_ORPHAN',
      severity: 'note',
      file: name,
      offset: null,
      line: null,
      message: temp ? 'a temporary file that a server left behind' : 'no manifest names this file',
      meaning: temp
        ? 'Servers ignore it and never remove it. After a crash it may hold a nearly finished rewrite.'
        : 'A server ignores it, and writes over it once a file of this name is due.',
    })
  }
}
