/**
 * The files of an archive: those of a server's append-only directory, and, as history, the restore points before them. A generation is a
 * base with the logs behind it; one ends where the next one begins, so that each can be replayed into the next.
 */
import {join} from 'node:path'
import {type ManifestEntry, readManifest, writeManifest} from '../formats/aof/manifest.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import {replaceFile} from '../io/replace-file.ts'
import {removeQuietly} from '../io/temporaries.ts'

const NAME = 'appendonly.aof'
export const MANIFEST = `${NAME}.manifest`
const MANIFEST_MAX = 0x100000
/** What we make, and nothing else is ever removed. */
const OURS = /^appendonly\.aof\.(\d{1,15})\.(?:base\.rdb|incr\.aof)$/

/** Could a set of ours have made a file of this name? */
export const isArchiveFile = (name: string): boolean => OURS.test(name)

/** A base and the logs behind it, oldest first. */
export interface Generation {
  base: string
  logs: string[]
}

export class ArchiveSet {
  readonly directory: string
  /** Oldest first; the last one is what a server loads. */
  generations: Generation[]
  private readonly disk: Disk
  private lastSeq: number

  private constructor(directory: string, disk: Disk, generations: Generation[]) {
    this.directory = directory
    this.disk = disk
    this.generations = generations
    const names = disk.readdir(directory)
    this.lastSeq = Math.max(0, ...names.map((name) => Number(OURS.exec(name)?.[1] ?? 0)))
  }

  /** What is in a directory that is there. @throws DiskError. */
  static load(directory: string, disk: Disk = nodeDisk()): ArchiveSet {
    const path = join(directory, MANIFEST)
    const entries = disk.stat(path) === undefined ? [] : readManifest(wholeFile(disk, path)).entries
    return new ArchiveSet(directory, disk, generationsOf(entries))
  }

  get current(): Generation | null {
    return this.generations.at(-1) ?? null
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  /** A name that no file has had. */
  newName(kind: 'base.rdb' | 'incr.aof'): string {
    this.lastSeq++
    return `${NAME}.${this.lastSeq}.${kind}`
  }

  /** A log goes on in another file. @throws as `replaceFile`. */
  addLog(name: string): void {
    this.current?.logs.push(name)
    this.publish()
  }

  /** A new base takes over with the logs that were begun behind it. @throws as `replaceFile`. */
  addBase(base: string, logs: string[]): void {
    const {current} = this
    if (current !== null) current.logs = current.logs.filter((log) => !logs.includes(log))
    this.generations.push({base, logs})
    this.publish()
  }

  /** Forget generations, then remove their files. @throws as `replaceFile`. */
  remove(gone: readonly Generation[]): void {
    this.generations = this.generations.filter((each) => !gone.includes(each))
    this.publish()
    for (const {base, logs} of gone) {
      for (const name of [base, ...logs]) removeQuietly(this.disk, this.path(name))
    }
  }

  /** Remove what was made and never came to be named: its process was killed. */
  removeUnnamed(): void {
    const named = new Set(this.generations.flatMap(({base, logs}) => [base, ...logs]))
    for (const name of this.disk.readdir(this.directory)) {
      if (OURS.test(name) && !named.has(name)) removeQuietly(this.disk, this.path(name))
    }
  }

  bytesOf({base, logs}: Generation): number {
    return [base, ...logs].reduce((sum, name) => sum + this.sizeOf(name), 0)
  }

  /** When its base was written. */
  timeOf({base}: Generation): number {
    return this.disk.stat(this.path(base))?.mtimeMs ?? 0
  }

  private sizeOf(name: string): number {
    return this.disk.stat(this.path(name))?.size ?? 0
  }

  private publish(): void {
    const bytes = writeManifest(entriesOf(this.generations))
    replaceFile(this.path(MANIFEST), (sink) => sink.write(bytes, 0, bytes.length), {
      ...{force: true, disk: this.disk},
    })
  }
}

/** As a rewrite leaves them: history with the newest first, of each generation the logs before their base. */
function entriesOf(generations: readonly Generation[]): ManifestEntry[] {
  const entry = (name: string, type: ManifestEntry['type']): ManifestEntry => {
    return {name, seq: Number(OURS.exec(name)?.[1]), type, line: 0, fields: []}
  }
  const current = generations.at(-1)
  const older = generations.slice(0, -1).reverse()
  return [
    ...(current === undefined ? [] : [entry(current.base, 'b')]),
    ...older.flatMap(({base, logs}) => [
      ...[...logs].reverse().map((name) => entry(name, 'h')),
      entry(base, 'h'),
    ]),
    ...(current?.logs ?? []).map((name) => entry(name, 'i')),
  ]
}

function generationsOf(entries: readonly ManifestEntry[]): Generation[] {
  const of = (type: ManifestEntry['type']) => entries.filter((each) => each.type === type)
  const generations: Generation[] = []
  for (const {name} of of('h').reverse()) {
    if (/\.base\./.test(name)) generations.push({base: name, logs: []})
    else generations.at(-1)?.logs.push(name)
  }
  const [base] = of('b')
  if (base !== undefined) generations.push({base: base.name, logs: of('i').map(({name}) => name)})
  return generations
}

function wholeFile(disk: Disk, path: string): Uint8Array {
  const fd = disk.open(path, 'r')
  try {
    const bytes = new Uint8Array(Math.min(MANIFEST_MAX, disk.fstat(fd).size))
    let at = 0
    for (let got = 1; got > 0 && at < bytes.length; at += got) {
      got = disk.read(fd, bytes, at, bytes.length, at)
    }
    return bytes.subarray(0, at)
  } finally {
    disk.close(fd)
  }
}
