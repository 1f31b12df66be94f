/** What a stream is to whoever looks at it: by XINFO of a server, and of the engine, in one shape. */
import {STREAM_OPS, streamOf, visitNodes} from '../../src/engine/values/stream.ts'
import type {StreamGroup} from '../../src/formats/rdb/collect.ts'
import {dumpPayload} from './bytes.ts'
import type {EngineUnderTest} from './engine.ts'
import type {Reply, RespClient} from './resp-client.ts'
import {written} from './write-rdb.ts'

export interface StreamState {
  length: number
  lastId: string
  maxDeletedId: string
  entriesAdded: string
  firstId: string
  /** Nodes. */
  nodes: number
  entries: [id: string, ...pairs: string[]][]
  groups: GroupState[]
}

export interface GroupState {
  name: string
  lastId: string
  entriesRead: string | null
  pending: [id: string, consumer: string, time: number, deliveries: number][]
  /** `active` from 7.2 on. */
  consumers: {name: string; seen: number; active?: number; pending: string[]}[]
}

const latin1 = (reply: unknown): string =>
  Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply)

/** Pairs of a reply by name. */
function fields(reply: Reply): Record<string, Reply> {
  const list = reply as Reply[]
  const entries: [string, Reply][] = []
  for (let i = 0; i < list.length; i += 2) entries.push([latin1(list[i]), list[i + 1]])
  return Object.fromEntries(entries)
}

/** Null when there is no stream. */
export async function serverStream(client: RespClient, key: string): Promise<StreamState | null> {
  if ((await client.text('TYPE', key)) !== 'stream') return null
  const info = fields(await client.command('XINFO', 'STREAM', key, 'FULL', 'COUNT', 0))
  return {
    length: info.length as number,
    lastId: latin1(info['last-generated-id']),
    maxDeletedId: latin1(info['max-deleted-entry-id']),
    entriesAdded: latin1(info['entries-added']),
    firstId: latin1(info['recorded-first-entry-id']),
    nodes: info['radix-tree-keys'] as number,
    entries: (info.entries as Reply[][]).map(([id, pairs]) => [
      latin1(id),
      ...(pairs as Reply[]).map(latin1),
    ]),
    groups: (info.groups as Reply[]).map((group) => serverGroup(fields(group))),
  }
}

function serverGroup(group: Record<string, Reply>): GroupState {
  const read = group['entries-read']
  return {
    name: latin1(group.name),
    lastId: latin1(group['last-delivered-id']),
    entriesRead: read === null ? null : latin1(read),
    pending: (group.pending as Reply[][]).map(([id, consumer, time, deliveries]) => [
      latin1(id),
      latin1(consumer),
      Number(time),
      Number(deliveries),
    ]),
    consumers: (group.consumers as Reply[]).map((each) => {
      const consumer = fields(each)
      return {
        name: latin1(consumer.name),
        seen: Number(consumer['seen-time']),
        active: Number(consumer['active-time']),
        pending: (consumer.pending as Reply[][]).map(([id]) => latin1(id)),
      }
    }),
  }
}

/** Null when there is no stream. */
export function engineStream(engine: EngineUnderTest, key: string): StreamState | null {
  const value = engine.value(0, key)
  if (value?.type !== 'stream') return null
  const stream = value.value
  const meta = stream.meta!
  return {
    length: Number(meta.length),
    lastId: `${meta.lastId.ms}-${meta.lastId.seq}`,
    maxDeletedId: `${meta.maxDeletedId.ms}-${meta.maxDeletedId.seq}`,
    entriesAdded: String(meta.entriesAdded),
    firstId: `${meta.firstId.ms}-${meta.firstId.seq}`,
    nodes: engineNodes(engine, key).length,
    entries: stream.entries.map(({id, fields: pairs}) => [id, ...pairs.flat().map(text)]),
    groups: stream.groups.map(engineGroup),
  }
}

const text = (data: Uint8Array): string => Buffer.from(data).toString('latin1')

function engineGroup(group: StreamGroup): GroupState {
  const owners = new Map(
    group.consumers.flatMap(({name, pending}) => pending.map((id) => [id, text(name)])),
  )
  return {
    name: text(group.name),
    lastId: `${group.lastId.ms}-${group.lastId.seq}`,
    entriesRead: group.entriesRead === -1n ? null : String(group.entriesRead),
    pending: group.pending.map(({id, deliveryTimeMs, deliveryCount}) => [
      id,
      owners.get(id) ?? '',
      Number(deliveryTimeMs),
      // The server prints it as a signed number.
      Number(BigInt.asIntN(64, deliveryCount)),
    ]),
    consumers: group.consumers.map(({name, seenMs, activeMs, pending}) => ({
      name: text(name),
      seen: Number(seenMs),
      active: Number(activeMs),
      pending,
    })),
  }
}

/** Nodes of the engine's stream in hex, the id and the listpack one after the other. */
export function engineNodes(engine: EngineUnderTest, key: string): string[] {
  const nodes: string[] = []
  visitNodes(streamOf(engine.keyspace, engine.find(0, key)), (bytes, start, end) => {
    nodes.push(
      Buffer.from(bytes.subarray(0, start)).toString('hex') +
        Buffer.from(bytes.subarray(start, end)).toString('hex'),
    )
  })
  return nodes
}

/** The same of a DUMP payload, which must not be compressed. */
export function dumpedNodes(payload: Buffer): string[] {
  let at = 1
  const length = (): number => {
    const first = payload[at++]
    if (first < 0x40) return first
    if (first < 0x80) return ((first & 0x3f) << 8) | payload[at++]
    at += 4
    return payload.readUInt32BE(at - 4)
  }
  const string = (): string => {
    const size = length()
    at += size
    return payload.toString('hex', at - size, at)
  }
  return Array.from({length: length()}, () => string() + string())
}

/** The engine's stream as a payload for RESTORE. */
export function payloadOf(engine: EngineUnderTest, key: string, version = 10): Buffer {
  const name = Buffer.from('k')
  const entry = engine.find(0, key)
  const head = {expiresAtMs: null, idleSeconds: null, freq: null}
  const file = written({dialect: 'redis', version}, (writer) => {
    const visitor = writer.beginEntry({memory: name, keyStart: 0, keyEnd: 1, ...head})
    STREAM_OPS.visit(engine.keyspace, entry, visitor)
  })
  return dumpPayload(file[9], file.subarray(12, -9), version)
}

const CLOCK_MS = 60_000
/** Stands for the time by the clock; -1 means never. */
const NOW = -77

/** Times by the clock are equal when they are near now; all others must be the same. */
export function sameTimes(
  state: StreamState | null,
  nowMs: number,
  withActive = false,
): StreamState | null {
  if (state === null) return null
  const rounded = (time: number) => (Math.abs(time - nowMs) < CLOCK_MS ? NOW : time)
  return {
    ...state,
    groups: state.groups.map((group) => ({
      ...group,
      pending: group.pending.map(([id, consumer, time, count]) => [
        id,
        consumer,
        rounded(time),
        count,
      ]),
      consumers: group.consumers.map(({active, ...each}) => ({
        ...each,
        seen: rounded(each.seen),
        ...(withActive && active !== undefined ? {active: rounded(active)} : {}),
      })),
    })),
  }
}
