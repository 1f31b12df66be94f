/**
 * A stream as JSON, in the order in which it is read:
 *
 *     {"entries":[["1-1","field","value",…],…],"lastId":"1-1","firstId":"1-1","maxDeletedId":"0-0","entriesAdded":1,
 *      "groups":[{"name":"g","lastId":"1-1","entriesRead":1,
 *                 "pending":[["1-1",deliveredAtMs,deliveries],…],
 *                 "consumers":[{"name":"c","seenAtMs":1,"activeAtMs":1,"pending":["1-1",…]},…],
 *                 "unowned":["1-1",…]},…],
 *      "producers":[{"name":"p","iids":[["iid","1-1"],…]},…],
 *      "idempotency":{"durationSeconds":100,"maxEntries":100,"added":0,"duplicates":0}}
 */
import {groupEntriesRead} from '../rdb/stream-counters.ts'
import type {GroupMeta, IdmpMeta, StreamId, StreamMeta} from '../rdb/visitor.ts'
import type {TextOutput} from '../text-output.ts'
import {integerText} from './numbers.ts'

type Text = (memory: Uint8Array, start: number, end: number) => void

const COMMA = 0x2c
const OPEN = 0x5b
const CLOSE = 0x5d

/** What is open, innermost. */
type Place = 'entries' | 'pending' | 'consumers' | 'owned' | 'unowned' | 'between'

/** Parts of a stream that may not be there, in order. */
const NO_PART = 0
const IN_GROUPS = 1
const IN_PRODUCERS = 2

export class JsonStreamWriter {
  private readonly out: TextOutput
  private readonly text: Text
  private place: Place = 'entries'
  private part = NO_PART
  private items = 0
  private iids = 0
  private inEntry = false
  private type = 0
  private meta: StreamMeta | null = null

  constructor(out: TextOutput, text: Text) {
    this.out = out
    this.text = text
  }

  begin(type: number): void {
    this.type = type
    this.place = 'entries'
    this.part = NO_PART
    this.items = 0
    this.inEntry = false
    this.out.ascii('{"entries":[')
  }

  entry(memory: Uint8Array, idStart: number): void {
    const {out} = this
    if (this.inEntry) out.byte(CLOSE)
    if (this.items++ > 0) out.byte(COMMA)
    out.byte(OPEN)
    out.streamId(memory, idStart)
    this.inEntry = true
  }

  fieldOrValue(memory: Uint8Array, start: number, end: number): void {
    this.out.byte(COMMA)
    this.text(memory, start, end)
  }

  streamEnd(meta: StreamMeta): void {
    const {out} = this
    if (this.inEntry) out.byte(CLOSE)
    this.meta = meta
    this.place = 'between'
    const {lastId, firstId, maxDeletedId, entriesAdded} = meta
    out.ascii(`],"lastId":"${id(lastId)}","firstId":"${id(firstId)}"`)
    out.ascii(`,"maxDeletedId":"${id(maxDeletedId)}","entriesAdded":${integerText(entriesAdded)}`)
  }

  group(memory: Uint8Array, start: number, end: number, group: GroupMeta): void {
    const {out} = this
    this.endGroup()
    out.ascii(this.part === IN_GROUPS ? ',{"name":' : ',"groups":[{"name":')
    this.part = IN_GROUPS
    this.text(memory, start, end)
    const read = groupEntriesRead(group, this.type, this.meta!)
    const readText = read === -1n ? 'null' : integerText(read)
    out.ascii(`,"lastId":"${id(group.lastId)}","entriesRead":${readText},"pending":[`)
    this.go('pending')
  }

  pending(memory: Uint8Array, idStart: number, timeMs: bigint, deliveries: bigint): void {
    const {out} = this
    if (this.items++ > 0) out.byte(COMMA)
    out.byte(OPEN)
    out.streamId(memory, idStart)
    out.ascii(`,${integerText(timeMs)},${integerText(deliveries)}]`)
  }

  consumer(memory: Uint8Array, start: number, end: number, seenMs: bigint, activeMs: bigint): void {
    const {out} = this
    const isFirst = this.place === 'pending'
    out.ascii(isFirst ? '],"consumers":[{"name":' : ']},{"name":')
    this.text(memory, start, end)
    out.ascii(`,"seenAtMs":${integerText(seenMs)},"activeAtMs":${integerText(activeMs)}`)
    out.ascii(',"pending":[')
    this.go('owned')
  }

  owned(memory: Uint8Array, idStart: number): void {
    const {out} = this
    if (this.items++ > 0) out.byte(COMMA)
    out.streamId(memory, idStart)
  }

  nacked(memory: Uint8Array, idStart: number): void {
    if (this.place !== 'unowned') {
      this.endConsumers()
      this.out.ascii(',"unowned":[')
      this.go('unowned')
    }
    this.owned(memory, idStart)
  }

  producer(memory: Uint8Array, start: number, end: number): void {
    const {out} = this
    this.endGroups()
    out.ascii(this.part === IN_PRODUCERS ? ']},{"name":' : ',"producers":[{"name":')
    this.part = IN_PRODUCERS
    this.iids = 0
    this.text(memory, start, end)
    out.ascii(',"iids":[')
  }

  iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void {
    const {out} = this
    out.ascii(this.iids++ > 0 ? ',[' : '[')
    this.text(memory, start, end)
    out.ascii(`,"${ms}-${seq}"]`)
  }

  idmp({durationSeconds, maxEntries, iidsAdded, iidsDuplicates}: IdmpMeta): void {
    const {out} = this
    this.endGroups()
    if (this.part === IN_PRODUCERS) out.ascii(']}]')
    this.part = NO_PART
    out.ascii(`,"idempotency":{"durationSeconds":${integerText(durationSeconds)}`)
    out.ascii(`,"maxEntries":${integerText(maxEntries)},"added":${integerText(iidsAdded)}`)
    out.ascii(`,"duplicates":${integerText(iidsDuplicates)}}`)
  }

  end(): void {
    this.endGroups()
    this.out.byte(0x7d)
  }

  private go(place: Place): void {
    this.place = place
    this.items = 0
  }

  /** End the list of pending entries or that of consumers. */
  private endConsumers(): void {
    this.out.ascii(this.place === 'owned' ? ']}]' : ']')
  }

  private endGroup(): void {
    if (this.place === 'between') return
    this.endConsumers()
    this.out.byte(0x7d)
    this.place = 'between'
  }

  private endGroups(): void {
    this.endGroup()
    if (this.part !== IN_GROUPS) return
    this.out.byte(CLOSE)
    this.part = NO_PART
  }
}

const id = ({ms, seq}: StreamId): string => `${ms}-${seq}`

/** The text of an id of 16 bytes. Both halves are below 2^53 as a rule. */
export function idText(memory: Uint8Array, start: number): string {
  return `${u64Text(memory, start)}-${u64Text(memory, start + 8)}`
}

function u64Text(memory: Uint8Array, at: number): string {
  const high = u32(memory, at)
  const low = u32(memory, at + 4)
  if (high < 0x200000) return String(high * 0x100000000 + low)
  return String((BigInt(high) << 32n) | BigInt(low))
}

const u32 = (memory: Uint8Array, at: number): number =>
  ((memory[at] << 24) | (memory[at + 1] << 16) | (memory[at + 2] << 8) | memory[at + 3]) >>> 0
