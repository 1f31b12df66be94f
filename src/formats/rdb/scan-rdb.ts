/** Everything sound in an RDB, and everything that is not, in order of offsets. */
import {FormatError} from '../errors.ts'
import {readChain} from './chain.ts'
import {Profile} from './evidence.ts'
import {Probe} from './probe.ts'
import type {RdbReader} from './reader.ts'
import type {HashSink} from './run.ts'
import {type Fault, Forward, type Held, heldLink, type Stretch} from './scan.ts'
import {type Damage, type Rewind, resolveDamage, type Search} from './scan-damage.ts'

/** Bytes that no record could be made of. */
export interface Lost {
  start: number
  end: number
  /** What reading failed with, at an offset that may lie before or within the gap. */
  error: FormatError
  /** The input ends there, as if it had been cut. */
  isCut: boolean
  /** The record on which reading failed. */
  failedAt: number
}

export interface ScanTaker {
  stretch(stretch: Stretch): void
  /** A record whose end is known, with damage inside. */
  fault(fault: Fault): void
  lost(lost: Lost): void
}

export interface ScanOptions {
  rewind: Rewind
  /** Size of the input, -1 when it is not known. */
  size: number
  greedy?: boolean
  /** Gets the hashes of all keys, also of some that are given up later. */
  hashes?: HashSink | null
}

/** How the RDB ends. */
export interface ScanEnd {
  /** right, wrong: the checksum matches the bytes, or not. off: it is zero. none: the version has none. missing: there is no end. */
  checksum: 'right' | 'wrong' | 'off' | 'none' | 'missing'
  /** Offset behind the RDB, or behind all bytes. */
  offset: number
}

/** Entries at the beginning that tell what keys look like. */
const LEARNED = 512

/** Scan the records behind the header, which `r` has read. */
export function scanRdb(r: RdbReader, taker: ScanTaker, options: ScanOptions): ScanEnd {
  return new Scan(r, taker, options).run()
}

class Scan {
  private readonly r: RdbReader
  private readonly taker: ScanTaker
  private readonly options: ScanOptions
  private readonly forward: Forward
  private readonly begins: number
  private search: Search | null = null
  private foundDamage = false

  constructor(r: RdbReader, taker: ScanTaker, options: ScanOptions) {
    this.r = r
    this.taker = taker
    this.options = options
    this.begins = r.c.offset
    this.forward = new Forward(r, options.hashes ?? null, (held) => this.give(held))
  }

  run(): ScanEnd {
    for (;;) {
      const dbBefore = this.r.db
      try {
        if (this.forward.step()) continue
        const end = this.end(null)
        if (end) return end
      } catch (error) {
        if (!(error instanceof FormatError) || error.code === 'LIMIT') throw error
        const end = this.failed(error, dbBefore)
        if (end) return end
      }
    }
  }

  private failed(error: FormatError, dbBefore: number): ScanEnd | null {
    const {r, forward} = this
    // EOF was read, and the checksum behind it is wrong or cut.
    if (r.isFinished) return this.end(error)
    if (error.framed) {
      forward.holdFault(error, null, dbBefore)
      return null
    }
    const failedAt = r.offset
    const damage = this.resolve(failedAt, error)
    this.settle(damage, error, failedAt)
    return damage.found ? null : {checksum: 'missing', offset: damage.end}
  }

  /** EOF was read. In the middle of the input it may be a damaged byte. */
  private end(error: FormatError | null): ScanEnd | null {
    const {r, forward} = this
    const {offset} = r
    const isWhole = error?.code !== 'TRUNCATED'
    const end: ScanEnd = {
      checksum: this.checksum(error),
      offset: isWhole ? r.endOffset : r.c.offset,
    }
    const isDoubtful = end.checksum !== 'right' && isWhole && !this.endsHere()
    if (isDoubtful) {
      const trouble = new FormatError('RDB_OPCODE', offset, 'an end of file in the middle of it')
      const damage = this.resolve(offset, trouble)
      if (damage.found) {
        this.settle(damage, trouble, offset)
        return null
      }
    }
    forward.release()
    return end
  }

  private checksum(error: FormatError | null): ScanEnd['checksum'] {
    if (error !== null) return error.code === 'TRUNCATED' ? 'missing' : 'wrong'
    const {checksum} = this.r
    if (checksum === 'none' || checksum === 'off') return checksum
    // After a jump the feed no longer knows the sum of what lies before.
    return this.foundDamage ? 'wrong' : 'right'
  }

  /** Nothing follows, or only what may: the log behind a preamble, the mark of a diskless transfer. */
  private endsHere(): boolean {
    const {c} = this.r
    if (c.atEnd()) return true
    const byte = c.memory[c.next]
    return byte === 0x2a || byte === 0x23 || c.left === 40
  }

  private resolve(failedAt: number, error: FormatError): Damage {
    const {forward, r} = this
    this.foundDamage = true
    // What is read from here on is read out of order.
    r.verifyChecksum = false
    forward.flush()
    const {held} = forward
    const db = held[0]?.dbBefore ?? r.db
    const stoppedAt = Math.max(failedAt, r.c.offset)
    const search = this.search ?? this.prepare(held[0]?.stretch.start ?? failedAt)
    return resolveDamage(search, held, {failedAt, stoppedAt, error, db})
  }

  /** Give away what is believed before the gap, and the gap; go on behind it. */
  private settle(damage: Damage, error: FormatError, failedAt: number): void {
    const {forward, taker, r, options} = this
    for (const link of damage.kept) this.give(heldLink(link, false))
    forward.drop()
    const {start, end, isCut} = damage
    taker.lost({start, end, error, isCut, failedAt})
    if (!damage.found) return
    options.rewind(end)
    r.resume()
    r.db = damage.db
    forward.isFound = true
  }

  /** What damage is looked at with. Learns from the records before `until`. */
  private prepare(until: number): Search {
    const {r, options, begins} = this
    const {rewind, greedy = false} = options
    const profile = new Profile()
    const {db} = r
    // Read again, a template would be there twice.
    const templates = [...r.templates]
    r.templates.clear()
    rewind(begins)
    r.resume()
    while (r.c.offset < until && profile.entries < LEARNED) {
      const chain = readChain(r, profile, 1, 0, true)
      if (chain.stop !== 'enough') break
      if (chain.links.some(({opcode}) => opcode === 0)) profile.learn(r)
    }
    r.db = db
    for (const [id, fields] of templates) r.templates.set(id, fields)
    const search = {r, rewind, probe: new Probe(r, options.size), profile, standard: {greedy}}
    this.search = search
    return search
  }

  private give({stretch, fault}: Held): void {
    if (fault) this.taker.fault(fault)
    else this.taker.stretch(stretch)
  }
}
