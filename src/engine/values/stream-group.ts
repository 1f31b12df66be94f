/** Consumer groups. Source: streamCG, streamConsumer and streamNACK in stream.h. */
import {compareSpans} from '../../formats/packed/growable.ts'
import {copyId, idText} from './stream-id.ts'
import {CONSUMER, NOBODY, Pel} from './stream-pel.ts'

/** A time in ms; a bigint when it was read from a file, where it may be anything. */
export type Ms = number | bigint

export interface Consumer {
  name: Uint8Array
  /** What pending entries call it. */
  number: number
  seenMs: Ms
  /** -1 when it never got an entry. */
  activeMs: Ms
  /** How many pending entries it owns. */
  pending: number
}

export interface Group {
  name: Uint8Array
  /** Id of the last entry delivered, four words. */
  lastId: Uint32Array
  /** -1 when unknown. */
  entriesRead: bigint
  pel: Pel
  /** By name, bytewise. */
  consumers: Consumer[]
  nextNumber: number
  byNumber: Map<number, Consumer>
  /** Entries without an owner, in the order they lost it: text of the id to the id. Null without any. */
  nacked: Map<string, Uint32Array> | null
}

export function newGroup(name: Uint8Array, lastId: Uint32Array, entriesRead: bigint): Group {
  return {
    name,
    lastId,
    entriesRead,
    pel: new Pel(),
    consumers: [],
    nextNumber: 0,
    byNumber: new Map(),
    nacked: null,
  }
}

/** Where a name stands in a list that is sorted by name: its index, or when it is not there the complement of where it belongs. */
export function findName(
  list: readonly {name: Uint8Array}[],
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  let low = 0
  let high = list.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const {name} = list[middle]
    const order = compareSpans(name, 0, name.length, memory, start, end)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return ~low
}

/** Add a consumer whose place `findName` told. */
export function addConsumer(group: Group, place: number, name: Uint8Array, seenMs: Ms): Consumer {
  const number = group.nextNumber++
  const consumer = {name, number, seenMs, activeMs: -1, pending: 0}
  group.consumers.splice(~place, 0, consumer)
  group.byNumber.set(number, consumer)
  return consumer
}

/** Remove a consumer with all that it owns. */
export function removeConsumer(group: Group, index: number): void {
  const {pel, consumers, byNumber} = group
  const [{number, pending}] = consumers.splice(index, 1)
  byNumber.delete(number)
  let left = pending
  for (pel.rewind(); left > 0 && pel.exists; ) {
    if (pel.words[pel.at + CONSUMER] !== number) pel.step()
    else {
      pel.remove()
      left--
    }
  }
}

/** Give the pending entry at hand to a consumer, or to nobody. */
export function setOwner(group: Group, consumer: Consumer | null): void {
  releaseOwner(group)
  const {pel} = group
  pel.words[pel.at + CONSUMER] = consumer ? consumer.number : NOBODY
  if (consumer) consumer.pending++
  else {
    const id = new Uint32Array(4)
    copyId(pel.words, pel.at, id, 0)
    group.nacked ??= new Map()
    group.nacked.set(idText(id, 0), id)
  }
}

/** Remove the pending entry at hand. */
export function removePending(group: Group): void {
  releaseOwner(group)
  group.pel.remove()
}

/** Add a pending entry, whose owner is to be set. */
export function addPending({pel}: Group, ids: Uint32Array, i: number): void {
  pel.insert(ids, i)
  pel.words[pel.at + CONSUMER] = UNOWNED
}

/** A new record, whose owner is to be set. */
const UNOWNED = 0xfffffffe

function releaseOwner(group: Group): void {
  const {pel, nacked} = group
  const owner = pel.words[pel.at + CONSUMER]
  if (owner === NOBODY) nacked?.delete(idText(pel.words, pel.at))
  else if (owner !== UNOWNED) {
    const consumer = group.byNumber.get(owner)
    if (consumer) consumer.pending--
  }
}

export function cloneGroup(group: Group): Group {
  const consumers = group.consumers.map((consumer) => ({...consumer}))
  return {
    ...group,
    lastId: group.lastId.slice(),
    pel: group.pel.clone(),
    consumers,
    byNumber: new Map(consumers.map((consumer) => [consumer.number, consumer])),
    nacked: group.nacked && new Map(group.nacked),
  }
}
