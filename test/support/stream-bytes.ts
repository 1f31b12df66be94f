/** Streams as RDB files have them, right or wrong. */
import {ListpackEncoder} from '../../src/formats/packed/listpack.ts'
import {bytes, counted, i64le, len, str, u64be} from './bytes.ts'

export type Number64 = number | bigint
export type Id = readonly [ms: Number64, seq: Number64]
export interface Consumer {
  name: Uint8Array
  owned: readonly Id[]
}
export interface Group {
  name: Uint8Array
  last: Id
  read: Number64
  pending: readonly (readonly [id: Id, timeMs: Number64, count: Number64])[]
  consumers: readonly Consumer[]
}
export interface Stream {
  nodes: readonly {id: Id; content: Uint8Array}[]
  length: Number64
  last: Id
  first: Id
  maxDeleted: Id
  added: Number64
  groups: readonly Group[]
}

const SAME_FIELDS = 2
export const DELETED = 1

export function listpack(...elements: readonly (string | number)[]): Uint8Array {
  const encoder = new ListpackEncoder()
  for (const each of elements) {
    const text = Buffer.from(String(each), 'latin1')
    encoder.append(text, 0, text.length)
  }
  encoder.finish()
  return encoder.out.bytes.slice(0, encoder.out.length)
}

/** Entries at these steps from the id of their node; flags as files have them. */
export const node = (id: Id, ...items: readonly (readonly [step: number, flags?: number])[]) => {
  const live = items.filter(([, flags = 0]) => (flags & DELETED) === 0).length
  const parts = items.map(([step, flags = 0]) => [flags | SAME_FIELDS, 0, step, `v${step}`, 4])
  return {id, content: listpack(live, items.length - live, 1, 'f', 0, ...parts.flat())}
}

const idBytes = ([ms, seq]: Id) => bytes(u64be(ms), u64be(seq))
const lengths = (...numbers: Number64[]) => bytes(...numbers.map((each) => len(each)))

export function streamOf(
  type: number,
  {nodes, length, last, first, maxDeleted, added, groups}: Stream,
) {
  const counters = type === 15 ? [] : [lengths(...first, ...maxDeleted, added)]
  return bytes(
    counted(nodes.map(({id, content}) => bytes(str(idBytes(id)), str(content)))),
    lengths(length, ...last),
    ...counters,
    counted(groups.map((group) => groupOf(type, group))),
  )
}

function groupOf(type: number, {name, last, read, pending, consumers}: Group) {
  return bytes(
    name,
    lengths(...last),
    ...(type === 15 ? [] : [len(read)]),
    counted(pending.map(([id, time, count]) => bytes(idBytes(id), i64le(time), len(count)))),
    counted(
      consumers.map((consumer) =>
        bytes(
          consumer.name,
          i64le(1_700_000_000_000),
          ...(type === 21 ? [i64le(-1)] : []),
          counted(consumer.owned.map(idBytes)),
        ),
      ),
    ),
  )
}
