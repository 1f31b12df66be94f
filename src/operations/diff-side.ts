/** One of the two inputs of `diff`, which reads each of them several times. */
import {installTies, WHOLE} from '../engine/part.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Entry, EntrySink} from '../formats/entry.ts'
import type {Host} from '../io/host.ts'
import {ScratchFile} from '../io/scratch-file.ts'
import {isServer} from '../io/server-name.ts'
import {type DatasetSource, Unreadable} from './dataset.ts'
import {openDataset} from './dataset-source.ts'
import type {DiffOptions} from './diff-options.ts'
import type {SideReport} from './diff-reports.ts'
import {KeyspaceSource} from './keyspace-source.ts'
import type {Selector} from './select.ts'

/** Keys are dealt out by their hash: one part at a time is compared. */
export interface KeyPart {
  index: number
  count: number
}

type Take = (entry: Entry, ordinal: number) => void

export class DiffSide {
  readonly input: string
  /** Which entries are compared; null: all. */
  selector: Selector | null = null
  keys = 0
  unselected = 0
  private readonly host: Host
  private readonly options: DiffOptions
  private opened: DatasetSource | null = null
  private about: SideReport | null = null
  private scratch: ScratchFile | null = null

  constructor(host: Host, input: string, options: DiffOptions) {
    this.host = host
    this.input = input
    this.options = options
  }

  /** What can be read once only is kept in a file first: both sides are needed more than once, and as they were at one moment. */
  open(): DatasetSource {
    if (this.opened !== null) return this.opened
    const {host, input, options} = this
    const server = isServer(input)
    if (this.scratch === null && (server || input === '-')) this.keep()
    const source = this.named(() => openDataset(host, this.scratch?.path ?? input, options))
    this.opened = source
    installTies(source.memory.kernel, WHOLE)
    const {producer, rdbVersion} = source
    const kind = server ? 'server' : source.kind
    this.about ??= {input, kind, producer, rdbVersion, keys: 0, unselected: 0}
    return source
  }

  /** Give the memory of an engine back, so that the other side can have one. */
  release(): void {
    if (this.opened instanceof KeyspaceSource) this.opened = null
  }

  close(): void {
    const {scratch} = this
    this.opened = null
    this.scratch = null
    if (scratch === null) return
    this.host.settle(scratch.path)
    scratch.remove()
  }

  /** Take away what would stay behind, whatever happened. */
  discard(): void {
    this.scratch?.remove()
  }

  report(): SideReport | null {
    const {about, keys, unselected} = this
    return about && {...about, producer: this.opened?.producer ?? about.producer, keys, unselected}
  }

  get createdAtMs(): number {
    return this.open().createdAtMs
  }

  read(sink: EntrySink): void {
    this.named(() => this.open().read(sink))
  }

  /** Give all entries of a part that are selected, with their ordinals among all entries, and all libraries. */
  readPart(part: KeyPart, take: Take, library: (code: Uint8Array) => void): void {
    const source = this.open()
    const {selector} = this
    const {kernel} = source.memory
    let ordinal = -1
    let unselected = 0
    selector?.restart()
    const sink: EntrySink = {
      library,
      entry(entry) {
        ordinal++
        const {keyStart, keyEnd} = entry
        if (selector !== null && !selector.wants(entry)) unselected++
        else if (part.count === 1 || kernel.keyPart(keyStart, keyEnd, part.count) === part.index) {
          return take(entry, ordinal)
        }
        entry.skipValue()
      },
    }
    // What was verified once need not be verified again.
    this.named(() => source.read(sink, part.index > 0))
    this.unselected = unselected
  }

  /** Give the entries at some ordinals, in ascending order; `next` says which is the first from another one on. */
  readOnly(next: (from: number) => number, take: Take): void {
    const source = this.open()
    let ordinal = 0
    const sink: EntrySink = {
      runs: {
        types: 0xffffffff,
        attributes: true,
        get most() {
          return Math.min(next(ordinal) - ordinal, 0xffffffff)
        },
        write() {},
        done(_db, tally) {
          ordinal += tally.entries
        },
      },
      library() {},
      entry(entry) {
        const at = ordinal++
        if (next(at) === at) take(entry, at)
        else entry.skipValue()
      },
    }
    this.named(() => source.read(sink, true))
  }

  private keep(): void {
    const {host, input} = this
    const scratch = new ScratchFile()
    this.scratch = scratch
    const c = new Cursor(host.kernel).open(host.open(input))
    while (!c.atEnd()) {
      scratch.write(c.memory, c.next, c.limit)
      c.next = c.limit
    }
    scratch.finish()
  }

  /** What is wrong with what was kept is wrong with the input. */
  private named<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      const path = this.scratch?.path
      if (!(error instanceof Unreadable) || path === undefined) throw error
      const {finding} = error
      throw new Unreadable({...finding, file: this.input, next: null})
    }
  }
}
