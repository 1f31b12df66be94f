/**
 * A value taken apart for comparison. An element is known by what it is and its name; what it holds is one text, so that equal texts
 * are equal elements. Bytes are Latin-1 characters: one byte each in memory.
 */
import {IgnoringVisitor} from '../formats/rdb/ignoring.ts'
import {groupEntriesRead, idmpInUse} from '../formats/rdb/stream-counters.ts'
import type {LogicalType} from '../formats/rdb/types.ts'
import type {GroupMeta, IdmpMeta, StreamId, StreamMeta} from '../formats/rdb/visitor.ts'
import {scoreText} from './short-value.ts'

/** Name and content of elements, as texts that `unpackElement` takes apart. */
export interface ElementTaker {
  element(name: string, content: string): void
}

/** What an element was: expiry of a field, null for none. */
export interface Element {
  part: string
  name: string[]
  items: string[]
  expiresAtMs: number | null
}

const packed = (items: readonly string[]): string => {
  let text = ''
  for (const item of items) text += `${item.length}:${item}`
  return text
}

function unpacked(text: string, from: number): string[] {
  const items: string[] = []
  for (let at = from; at < text.length; ) {
    const colon = text.indexOf(':', at)
    const end = colon + 1 + Number(text.slice(at, colon))
    items.push(text.slice(colon + 1, end))
    at = end
  }
  return items
}

export function unpackElement(name: string, content: string): Element {
  const bar = name.indexOf('|')
  const contentBar = content.indexOf('|')
  return {
    part: name.slice(0, bar),
    name: unpacked(name, bar + 1),
    items: unpacked(content, contentBar + 1),
    expiresAtMs: contentBar === 0 ? null : Number(content.slice(0, contentBar)),
  }
}

export const spanText = (memory: Uint8Array, start: number, end: number): string =>
  Buffer.from(memory.buffer, memory.byteOffset + start, end - start).toString('latin1')

/** Takes apart everything but strings, of which there is nothing to take apart. */
export class ElementVisitor extends IgnoringVisitor {
  to: ElementTaker
  private logical: LogicalType = 'string'
  private type = 0
  private index = 0
  /** The element whose rest may still come. */
  private part = ''
  private readonly name: string[] = []
  private readonly items: string[] = []
  private expiresAtMs: number | null = null
  private group_ = ''
  private consumer_ = ''
  private producer_ = ''
  private meta: StreamMeta | null = null

  constructor(to: ElementTaker) {
    super()
    this.to = to
  }

  override begin(logical: LogicalType, type: number): void {
    this.logical = logical
    this.type = type
    this.index = 0
    this.part = ''
    this.meta = null
  }

  override piece(memory: Uint8Array, start: number, end: number): void {
    if (this.logical === 'module') this.items.push(spanText(memory, start, end))
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    const member = spanText(memory, start, end)
    if (this.logical !== 'list') return this.next('member', [member])
    this.next('element', [String(this.index++)])
    this.items.push(member)
  }

  override score(score: number): void {
    // Adding 0 makes -0 the 0 that listpacks make of it.
    this.items.push(scoreText(score + 0))
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    const field = spanText(memory, start, end)
    if (this.logical === 'stream') this.items.push(field)
    else this.next('field', [field])
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    this.items.push(spanText(memory, start, end))
  }

  override fieldExpiry(expiresAtMs: number): void {
    this.expiresAtMs = expiresAtMs
  }

  override entry(memory: Uint8Array, idStart: number): void {
    this.next('entry', [idAt(memory, idStart)])
  }

  override streamEnd(meta: StreamMeta): void {
    this.meta = meta
    this.whole('stream', ['last-id'], [idText(meta.lastId)])
    this.whole('stream', ['max-deleted-id'], [idText(meta.maxDeletedId)])
    this.whole('stream', ['entries-added'], [String(meta.entriesAdded)])
  }

  override group(memory: Uint8Array, start: number, end: number, group: GroupMeta): void {
    this.group_ = spanText(memory, start, end)
    const read = this.meta ? groupEntriesRead(group, this.type, this.meta) : -1n
    this.whole('group', [this.group_], [idText(group.lastId), String(read)])
  }

  override pending(memory: Uint8Array, idStart: number, timeMs: bigint, count: bigint): void {
    const name = [this.group_, idAt(memory, idStart)]
    this.whole('pending', name, [String(timeMs), String(count)])
  }

  override consumer(memory: Uint8Array, start: number, end: number): void {
    this.consumer_ = spanText(memory, start, end)
    this.whole('consumer', [this.group_, this.consumer_], [])
  }

  override owned(memory: Uint8Array, idStart: number): void {
    this.whole('owner', [this.group_, idAt(memory, idStart)], [this.consumer_])
  }

  override nacked(memory: Uint8Array, idStart: number): void {
    this.whole('nacked', [this.group_, idAt(memory, idStart)], [])
  }

  override idmp(meta: IdmpMeta): void {
    if (!idmpInUse(meta)) return
    const {durationSeconds, maxEntries, iidsAdded, iidsDuplicates} = meta
    const all = [durationSeconds, maxEntries, iidsAdded, iidsDuplicates]
    this.whole('stream', ['idmp'], all.map(String))
  }

  override producer(memory: Uint8Array, start: number, end: number): void {
    this.producer_ = spanText(memory, start, end)
    this.whole('producer', [this.producer_], [])
  }

  override iid(memory: Uint8Array, start: number, end: number, ms: bigint, seq: bigint): void {
    const name = [this.producer_, spanText(memory, start, end)]
    this.whole('iid', name, [idText({ms, seq})])
  }

  override arrayMeta(insertIndex: bigint | null): void {
    if (insertIndex !== null) this.whole('array', ['insert-index'], [String(insertIndex)])
  }

  override cell(index: bigint): void {
    this.next('cell', [String(index)])
  }

  override moduleId(id: bigint): void {
    this.next('module', [String(id)])
  }

  override moduleItem(opcode: number, value: bigint | number): void {
    this.items.push(`${opcode} ${value}`)
  }

  override end(): void {
    this.flush()
  }

  private whole(part: string, name: readonly string[], items: readonly string[]): void {
    this.next(part, name)
    this.items.push(...items)
  }

  /** The element before is complete. */
  private next(part: string, name: readonly string[]): void {
    this.flush()
    this.part = part
    this.name.push(...name)
  }

  private flush(): void {
    const {part, name, items, expiresAtMs} = this
    if (part !== '') {
      this.to.element(`${part}|${packed(name)}`, `${expiresAtMs ?? ''}|${packed(items)}`)
    }
    this.part = ''
    name.length = 0
    items.length = 0
    this.expiresAtMs = null
  }
}

const idText = ({ms, seq}: StreamId): string => `${ms}-${seq}`

function idAt(memory: Uint8Array, start: number): string {
  const view = new DataView(memory.buffer, memory.byteOffset + start, 16)
  return `${view.getBigUint64(0)}-${view.getBigUint64(8)}`
}
