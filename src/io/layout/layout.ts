import {basename, dirname, join} from 'node:path'
import {InputError} from '../input-error.ts'
import type {ServerConfig} from './config.ts'
import {readDataDirectory} from './data-directory.ts'
import {type LayoutDisk, nodeDisk} from './disk.ts'
import {addOrphans, readSetDirectory} from './set-directory.ts'
import {findManifests, headOf, readSet} from './set-files.ts'
import type {Layout, LayoutFile} from './types.ts'
import {readUnnamedSet} from './unnamed-set.ts'

export interface LayoutOptions {
  /** The server's configuration; without it the defaults are assumed, and said. */
  config?: ServerConfig
  disk?: LayoutDisk
}

/**
 * Say what lies at a path, from content and surroundings, and which files of it a server would load. Opens regular files inside
 * that directory only. A single file that is neither RDB, AOF nor manifest (a compressed one, say) is 'unknown'.
 * @throws InputError when the path is missing, unreadable, or neither a file nor a directory.
 */
export function readLayout(path: string, options: LayoutOptions = {}): Layout {
  const disk = options.disk ?? nodeDisk
  switch (disk.target(path)) {
    case 'missing':
      throw new InputError('INPUT_MISSING', path, 'no such file')
    case 'directory':
      return readDirectory(disk, path, options.config)
    case 'file':
      return readFile(disk, path)
    default:
      throw new InputError('INPUT_KIND', path, 'a FIFO, socket or device, where a file is needed')
  }
}

function readDirectory(disk: LayoutDisk, path: string, config?: ServerConfig): Layout {
  if (findManifests(disk, path).length > 0) return readSetDirectory(disk, path, config)
  const layout = readDataDirectory(disk, path, config)
  const unnamed = layout.kind === 'nothing' ? readUnnamedSet(disk, path, '') : null
  if (unnamed !== null) {
    addOrphans(disk, path, '', unnamed)
    return unnamed
  }
  if (layout.files.length > 0) return layout
  layout.source = 'unknown'
  layout.reasons.push('There is nothing here that a server would load.')
  return layout
}

function readFile(disk: LayoutDisk, path: string): Layout {
  const head = headOf(disk, path)
  const root = dirname(path)
  const layout: Layout = {
    source: 'file',
    kind: 'nothing',
    root,
    files: [],
    followedBy: null,
    reasons: [],
    findings: [],
  }
  if (head === 'manifest') return readManifestFile(disk, path)
  const kind = head === 'rdb' || head === 'aof' ? head : null
  layout.source = kind === null ? 'unknown' : 'file'
  layout.kind = kind ?? 'nothing'
  const file: LayoutFile = {
    path,
    name: basename(path),
    role: kind ?? 'orphan',
    bytes: disk.size(path),
    seq: null,
    head,
    loaded: kind !== null,
  }
  layout.files.push(file)
  if (kind !== null) nameItsSet(disk, root, file, layout)
  return layout
}

/** A manifest that was named itself: the files beside it. */
function readManifestFile(disk: LayoutDisk, path: string): Layout {
  const root = dirname(path)
  const set = readSet(disk, root, basename(path), '')
  return {
    source: 'manifest',
    kind: set.files.some(({loaded}) => loaded) ? 'aof-set' : 'nothing',
    root,
    files: set.files,
    followedBy: null,
    reasons: [`${basename(path)} is a manifest: the files that it names are read.`],
    findings: set.findings,
  }
}

/** A single file may be one of a set: it is read alone, and that is said. */
function nameItsSet(disk: LayoutDisk, root: string, file: LayoutFile, layout: Layout): void {
  for (const manifest of findManifests(disk, root)) {
    const {files} = readSet(disk, root, manifest, '')
    const entry = files.find(({name, role}) => name === file.name && role !== 'manifest')
    if (entry === undefined) continue
    const order = files.filter(({loaded}) => loaded)
    layout.followedBy = order[order.indexOf(entry) + 1]?.name ?? null
    if (!entry.loaded) layout.followedBy = null
    file.role = entry.role
    file.seq = entry.seq
    const whole = join(root, manifest)
    layout.reasons.push(
      `${file.name} is the ${entry.role} file ${entry.seq} of a set: it is read alone, ${whole} names the whole set.`,
    )
  }
}
