/**
 * A server's data directory: what would it load? Redis 7.0 and newer, with appendonly yes:
 *
 *     <dir>/<appenddirname>/<appendfilename>.manifest names files     that set; an old single file is ignored
 *     else <dir>/<appendfilename> is there                            that file, after moving it into a new set
 *     else                                                            nothing: it starts empty
 *
 * With appendonly no: <dir>/<dbfilename>, and no AOF whatever is there. Source: loadDataFromDisk() in server.c,
 * aofLoadManifestFromDisk() and aofUpgradePrepare() in aof.c.
 */
import {join} from 'node:path'
import {defaultConfig, type ServerConfig} from './config.ts'
import type {LayoutDisk} from './disk.ts'
import {addOrphan, readSetDirectory, TEMP_MESSAGE} from './set-directory.ts'
import {findManifests, isTemp, lookAt} from './set-files.ts'
import type {FileRole, Layout, LayoutFile} from './types.ts'
import {readUnnamedSet} from './unnamed-set.ts'

interface DataDirectory {
  disk: LayoutDisk
  path: string
  config: ServerConfig
  layout: Layout
  dump: LayoutFile | null
  single: LayoutFile | null
  /** The append directory, where it exists. */
  set: Layout | null
}

export function readDataDirectory(
  disk: LayoutDisk,
  path: string,
  given: ServerConfig | undefined,
): Layout {
  const config = given ?? defaultConfig()
  const layout: Layout = {
    source: 'data-directory',
    kind: 'nothing',
    root: path,
    files: [],
    followedBy: null,
    reasons: [],
    findings: [],
  }
  const data: DataDirectory = {
    disk,
    path,
    config,
    layout,
    dump: fileIn(disk, path, config.dbfilename, 'rdb'),
    single: fileIn(disk, path, config.appendfilename, 'aof'),
    set: findSet(disk, path, config, given !== undefined),
  }
  sayConfig(layout, given)
  const isAof = data.set !== null || data.single !== null
  const appendonly = given ? given.appendonly === true : isAof
  if (given === undefined) assume(data, appendonly)
  if (appendonly) chooseAof(data)
  else chooseDump(data)
  addOthers(data)
  return layout
}

function sayConfig(layout: Layout, config: ServerConfig | undefined): void {
  if (config === undefined) return
  const said = config.appendonly === null ? 'nothing on appendonly, which then is no' : null
  const value = config.appendonly ? 'yes' : 'no'
  layout.reasons.push(`${config.path} says ${said ?? `appendonly ${value}`}.`)
  for (const include of config.includes) {
    layout.reasons.push(`It includes ${include}, which was not read and may say otherwise.`)
  }
  if (config.dir !== null && config.dir !== '.' && config.dir !== './') {
    layout.reasons.push(`Its dir is ${config.dir}; ${layout.root} was read in its place.`)
  }
}

function assume({layout, dump, config}: DataDirectory, appendonly: boolean): void {
  if (!appendonly) return
  const instead = dump === null ? 'nothing' : config.dbfilename
  layout.reasons.push(
    `Without --config, appendonly yes is assumed because there is an AOF. With appendonly no a server would load ${instead}.`,
  )
}

function chooseAof(data: DataDirectory): void {
  const {layout, set, single, dump, config} = data
  const upgrade = single !== null && isUpgrade(data)
  if (set !== null && !upgrade) {
    layout.kind = set.kind
    layout.files.push(...set.files)
    layout.findings.push(...set.findings)
    layout.reasons.push(...set.reasons)
    if (single) ignore(data, single, 'the set wins over an AOF of the old form')
  } else if (single !== null) {
    single.loaded = true
    layout.kind = 'aof'
    layout.files.push(single)
    layout.reasons.push(
      `A server loads ${single.name}; from 7.0 on it first moves it into ${config.appenddirname}/ with a manifest.`,
    )
  } else {
    layout.reasons.push('There is no AOF: a server with appendonly yes starts EMPTY.')
  }
  if (dump) ignore(data, dump, 'with appendonly yes a server never reads it')
}

/** No manifest entries, or just the old file on its way into the directory: the server starts from the old file. */
function isUpgrade({set, config}: DataDirectory): boolean {
  if (set === null) return true
  const entries = set.files.filter(
    ({role}) => role !== 'manifest' && role !== 'orphan' && role !== 'temp',
  )
  if (entries.length === 0) return set.files.some(({role}) => role === 'manifest')
  const [only] = entries
  const oldName = only.name.endsWith(`/${config.appendfilename}`)
  return entries.length === 1 && only.role === 'base' && only.head === null && oldName
}

function chooseDump(data: DataDirectory): void {
  const {layout, dump, single, set, config} = data
  if (dump === null) {
    layout.reasons.push(`There is no ${config.dbfilename}: a server starts EMPTY.`)
  } else {
    dump.loaded = true
    layout.kind = dump.head === 'aof' ? 'aof' : 'rdb'
    layout.files.push(dump)
    layout.reasons.push(`A server loads ${dump.name}.`)
  }
  if (single) ignore(data, single, 'with appendonly no a server never reads it')
  if (set) {
    for (const file of set.files) ignore(data, file, null)
    layout.reasons.push(`${config.appenddirname}/ is not read: appendonly is no.`)
  }
}

function ignore({layout}: DataDirectory, file: LayoutFile, why: string | null): void {
  file.loaded = false
  layout.files.push(file)
  if (why !== null) layout.reasons.push(`${file.name} is not loaded: ${why}.`)
}

function findSet(
  disk: LayoutDisk,
  path: string,
  config: ServerConfig,
  given: boolean,
): Layout | null {
  const named = join(path, config.appenddirname)
  if (disk.kind(named) === 'directory') {
    const prefix = `${config.appenddirname}/`
    return findManifests(disk, named).length > 0
      ? readSetDirectory(disk, named, config, prefix)
      : readUnnamedSet(disk, named, prefix)
  }
  return given ? null : otherSet(disk, path, config)
}

/** A directory of another name that holds a manifest: a BACKUP, or another appenddirname. Only when there is just one. */
function otherSet(disk: LayoutDisk, path: string, config: ServerConfig): Layout | null {
  const found = disk.names(path).filter((name) => {
    const inner = join(path, name)
    return disk.kind(inner) === 'directory' && findManifests(disk, inner).length > 0
  })
  if (found.length !== 1) return null
  return readSetDirectory(disk, join(path, found[0]), config, `${found[0]}/`)
}

function fileIn(disk: LayoutDisk, path: string, name: string, role: FileRole): LayoutFile | null {
  const seen = lookAt(disk, path, name)
  if (seen === null) return null
  return {
    path: join(path, name),
    name,
    role,
    bytes: seen.bytes,
    seq: null,
    head: seen.head,
    loaded: false,
  }
}

/** Snapshots and AOFs under other names, and what crashed servers left. */
function addOthers({disk, path, layout}: DataDirectory): void {
  const named = new Set(layout.files.map(({name}) => name))
  for (const name of disk.names(path)) {
    if (named.has(name)) continue
    const temp = isTemp(name)
    const seen = lookAt(disk, path, name)
    if (seen === null || (!temp && seen.head !== 'rdb' && seen.head !== 'aof')) continue
    const file = {path: join(path, name), name, ...seen}
    if (temp) addOrphan(layout, file, 'temp', TEMP_MESSAGE, 'Servers ignore it.')
    else
      addOrphan(
        layout,
        file,
        'orphan',
        'a data file that no server would load',
        'Servers ignore it.',
      )
  }
}
