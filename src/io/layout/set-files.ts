import {join} from 'node:path'
import {
  badFileName,
  isManifest,
  type Manifest,
  type ManifestEntry,
  type ManifestProblem,
  readManifest,
} from '../../formats/aof/manifest.ts'
import {detectHead, HEAD_SIZE} from '../detect.ts'
import type {LayoutDisk} from './disk.ts'
import type {FileRole, LayoutFile, LayoutFinding} from './types.ts'

/** A manifest of this size would name some ten thousand files. */
const MANIFEST_MAX = 1024 * 1024
const ROLES: Record<string, FileRole> = {b: 'base', h: 'history', i: 'incr'}

export interface SetFiles {
  manifest: Manifest
  files: LayoutFile[]
  findings: LayoutFinding[]
}

/** Names of the manifests in a directory, by content; an empty or comment-only one by its name. Temporary ones left out. */
export function findManifests(disk: LayoutDisk, directory: string): string[] {
  return disk.names(directory).filter((name) => {
    if (isTemp(name)) return false
    const path = join(directory, name)
    if (disk.kind(path) !== 'file') return false
    return isManifest(disk.head(path, 4096)) || name.endsWith('.manifest')
  })
}

/** What servers leave behind when they die: see aof.c and rdb.c, `temp-%d.rdb`, `temp-rewriteaof-%d.aof`, `temp-<name>`. */
export function isTemp(name: string): boolean {
  return /^temp-/.test(name)
}

/** The files that a manifest names, and what is wrong with them. `prefix` is put before names in reports. */
export function readSet(
  disk: LayoutDisk,
  directory: string,
  manifestName: string,
  prefix: string,
): SetFiles {
  const path = join(directory, manifestName)
  const manifest = readManifest(disk.head(path, MANIFEST_MAX))
  const name = prefix + manifestName
  const set: SetFiles = {manifest, files: [], findings: []}
  for (const problem of manifest.problems) set.findings.push(problemFinding(problem, name))
  for (const entry of loadingOrder(manifest.entries)) {
    addEntry(disk, directory, prefix, name, entry, set)
  }
  checkBase(set, name)
  const bytes = disk.size(path)
  const head = bytes === 0 ? 'empty' : 'manifest'
  set.files.push({path, name, role: 'manifest', bytes, seq: null, head, loaded: false})
  return set
}

/** One file in a directory, looked at but not followed outside. Null when it must not be opened. */
export function lookAt(
  disk: LayoutDisk,
  directory: string,
  name: string,
): {bytes: number; head: LayoutFile['head']} | null {
  if (badFileName(name) !== null) return null
  const path = join(directory, name)
  let kind = disk.kind(path)
  if (kind === 'link') {
    kind = disk.target(path)
    if (kind !== 'missing' && !disk.isInside(path, directory)) return null
  }
  if (kind !== 'file') return null
  return {bytes: disk.size(path), head: headOf(disk, path)}
}

export function headOf(disk: LayoutDisk, path: string): LayoutFile['head'] {
  const bytes = disk.head(path, 4096)
  if (isManifest(bytes)) return 'manifest'
  const {kind} = detectHead(bytes.subarray(0, HEAD_SIZE))
  return kind === 'rdb' || kind === 'aof' || kind === 'empty' ? kind : 'other'
}

/** Base, then incr files, then what is not loaded. */
function loadingOrder(entries: readonly ManifestEntry[]): ManifestEntry[] {
  const order = ['b', 'i', 'h']
  return [...entries].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type))
}

function addEntry(
  disk: LayoutDisk,
  directory: string,
  prefix: string,
  manifest: string,
  entry: ManifestEntry,
  set: SetFiles,
): void {
  const {name, seq, type, line} = entry
  const path = join(directory, name)
  const seen = lookAt(disk, directory, name)
  const history = type === 'h'
  set.files.push({
    path,
    name: prefix + name,
    role: ROLES[type],
    bytes: seen?.bytes ?? 0,
    seq,
    head: seen?.head ?? null,
    loaded: !history && seen !== null,
  })
  if (seen !== null) return
  const offset = null
  if (disk.kind(path) !== 'missing') {
    set.findings.push({
      code: 'MANIFEST_PATH',
      severity: 'error',
      file: manifest,
      offset,
      line,
      message: `${name} is not a regular file inside the directory, and was not opened`,
      meaning: 'A server would follow it. Whatever it leads to is not part of this set.',
    })
    return
  }
  set.findings.push({
    code: 'SET_MISSING',
    severity: history ? 'note' : 'error',
    file: prefix + name,
    offset,
    line: null,
    message: `line ${line} of ${manifest} names ${name}, which is not there`,
    meaning: history
      ? 'Servers drop history files without a word; nothing is lost by it.'
      : 'A server refuses to start: "Unable to obtain the AOF file length".',
  })
}

function checkBase({manifest, files, findings}: SetFiles, name: string): void {
  if (manifest.entries.length === 0) return
  const base = files.find((file) => file.role === 'base')
  const data = files.some((file) => file.role === 'incr' && file.bytes > 0)
  const finding = {code: 'SET_BASE', offset: null, line: null} as const
  if (base === undefined) {
    findings.push({
      ...finding,
      severity: 'warning',
      file: name,
      message: 'the manifest names no base',
      meaning:
        'A server loads the incr files alone, without a word: what a base held is not there.',
    })
  } else if (base.head === 'empty' && data) {
    // With aof-use-rdb-preamble no, the first base of a new server is an empty file.
    const fresh = base.seq === 1 && base.name.endsWith('.base.aof')
    findings.push({
      ...finding,
      severity: fresh ? 'note' : 'error',
      file: base.name,
      message: 'the base is empty',
      meaning: fresh
        ? 'This is how a server without data begins.'
        : 'A server loads the incr files alone, without a word: what the base held is lost.',
    })
  }
}

function problemFinding(problem: ManifestProblem, file: string): LayoutFinding {
  const {code, line, offset, detail, refused} = problem
  return {
    code,
    severity: refused || code !== 'MANIFEST_SYNTAX' ? 'error' : 'warning',
    file,
    offset,
    line,
    message: detail,
    meaning: refused ? refusal(problem) : acceptance(problem),
  }
}

function refusal({code, line}: ManifestProblem): string {
  const stops = `A server refuses to start: "FATAL AOF MANIFEST FILE ERROR", at line ${line}.`
  return code === 'MANIFEST_PATH' ? `${stops} The file was not opened.` : stops
}

function acceptance({code}: ManifestProblem): string {
  if (code === 'MANIFEST_EMPTY') {
    return 'A server takes this for no AOF at all: it starts EMPTY, and writes a new base over the file of sequence 1.'
  }
  if (code === 'MANIFEST_DUPLICATE') {
    return 'A server loads the file twice: its commands are applied twice.'
  }
  return 'Servers read it all the same.'
}
