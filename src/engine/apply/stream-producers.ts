/** Idempotent producers (Redis 8.6): XADD with IDMP, XIDMPRECORD, XCFGSET. Source: what Redis 8.6 documents of them. */
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import {findEntry, type Stream} from '../values/stream-data.ts'
import {findName} from '../values/stream-group.ts'
import {bigAt} from '../values/stream-id.ts'
import {type Idmp, newIdmp, producerOf} from '../values/stream-idmp.ts'
import {findStream, takeId} from './stream-ids.ts'

export interface Idempotence {
  producer: Uint8Array
  /** Null when the server makes it of the fields: then nothing tells what it is. */
  iid: Uint8Array | null
}

export function readIdempotence(call: Call, producer: number, iid: number): Idempotence {
  return {producer: call.bytes(producer), iid: iid === 0 ? null : call.bytes(iid)}
}

/** The id of what the producer has sent before, which is counted then; null for what is new. */
export function knownId({idmp}: Stream, {producer, iid}: Idempotence): string | null {
  if (idmp === null || iid === null) return null
  const place = findName(idmp.producers, producer, 0, producer.length)
  const known = place < 0 ? undefined : idmp.producers[place].iids.find((e) => same(e.iid, iid))
  if (known === undefined) return null
  idmp.iidsDuplicates++
  return `${known.ms}-${known.seq}`
}

export function remember(stream: Stream, given: Idempotence, ids: Uint32Array, i: number): void {
  stream.idmp ??= newIdmp()
  if (given.iid) record(stream.idmp, given.producer, given.iid, ids, i)
}

function record(idmp: Idmp, name: Uint8Array, iid: Uint8Array, ids: Uint32Array, i: number): void {
  const {iids} = producerOf(idmp, name)
  if (iids.some((each) => same(each.iid, iid))) return
  iids.push({iid, ms: bigAt(ids, i), seq: bigAt(ids, i + 2)})
  if (iids.length > idmp.maxEntries) iids.shift()
  idmp.iidsAdded++
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** XIDMPRECORD key producer iid id */
function xidmprecord(call: Call): void {
  const id = new Uint32Array(4)
  takeId(call, 4, id, 0)
  const stream = findStream(call, 1)
  if (stream === null) throw noKey()
  if (findEntry(stream, id, 0) === 0) throw new CommandError('ERR no such entry in the stream')
  stream.idmp ??= newIdmp()
  record(stream.idmp, call.bytes(2), call.bytes(3), id, 0)
  changed(call)
}

function changed(call: Call): void {
  call.changes++
  call.reply.simple('OK')
}

/** XCFGSET key [IDMP-DURATION seconds] [IDMP-MAXSIZE entries]. Other settings than before forget the producers. */
function xcfgset(call: Call): void {
  let duration: bigint | null = null
  let maxEntries: bigint | null = null
  for (let i = 2; i < call.argc; i += 2) {
    if (i + 1 === call.argc) throw syntaxError()
    if (call.text(i).toUpperCase() === 'IDMP-DURATION') {
      duration = within(call.bigint(i + 1), 86400n, 'IDMP-DURATION', 'seconds')
    } else if (call.text(i).toUpperCase() === 'IDMP-MAXSIZE') {
      maxEntries = within(call.bigint(i + 1), 10000n, 'IDMP-MAXSIZE', 'entries')
    } else throw syntaxError()
  }
  if (duration === null && maxEntries === null) {
    throw new CommandError('ERR At least one parameter (IDMP-DURATION or IDMP-MAXSIZE) is required')
  }
  const stream = findStream(call, 1)
  if (stream === null) throw noKey()
  configure(stream, duration, maxEntries)
  changed(call)
}

function configure(stream: Stream, duration: bigint | null, maxEntries: bigint | null): void {
  stream.idmp ??= newIdmp()
  const {idmp} = stream
  const wanted = duration ?? idmp.durationSeconds
  const most = maxEntries ?? idmp.maxEntries
  if (wanted === idmp.durationSeconds && most === idmp.maxEntries) return
  idmp.durationSeconds = wanted
  idmp.maxEntries = most
  idmp.producers = []
}

function within(value: bigint, most: bigint, name: string, unit: string): bigint {
  if (value < 1n || value > most) {
    throw new CommandError(`ERR ${name} must be between 1 and ${most} ${unit}`)
  }
  return value
}

const noKey = (): CommandError => new CommandError('ERR no such key')

export const STREAM_PRODUCERS_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['XCFGSET', xcfgset],
  ['XIDMPRECORD', xidmprecord],
]
