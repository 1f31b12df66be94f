/** Walks over the elements of lists, whichever way they are held. */
import {ENTRY_KIND, REG_AUX, REGISTERS} from '../../formats/kernel/layout.ts'
import type {Keyspace} from '../keyspace.ts'
import {Kind, objectOf, valueField} from './kinds.ts'
import type {ListNodes} from './list-nodes.ts'
import type {TakeSpan} from './set-members.ts'

/** Give the elements [from, to) away; both are in the list. `take` may use no kernel. */
export function eachElement(
  keyspace: Keyspace,
  entry: number,
  from: number,
  to: number,
  take: TakeSpan,
): void {
  const {arena} = keyspace
  const {kernel} = arena
  if (from >= to) return
  if (arena.view.getUint8(entry + ENTRY_KIND) === Kind.LIST_PACKED) {
    const first = kernel.packedAt(valueField(keyspace, entry), from) >>> 0
    return eachOf(keyspace, first, to - from, take)
  }
  const nodes = objectOf<ListNodes>(keyspace, entry)
  nodes.locate(from)
  let {node, entry: at} = nodes
  for (let left = to - from; left > 0; node++) {
    if (nodes.isPlain(node)) {
      const start = nodes.plainStart(node)
      take(arena.memory, start, start + nodes.bytesOf(node))
      left--
    } else {
      const first = at === 0 ? kernel.packedAt(nodes.at(node), 0) >>> 0 : at
      const before = at === 0 ? 0 : nodes.countOf(node) - entriesBehind(keyspace, at)
      const count = Math.min(left, nodes.countOf(node) - before)
      eachOf(keyspace, first, count, take)
      left -= count
    }
    at = 0
  }
}

const TERMINATOR = 0xff

function entriesBehind({arena}: Keyspace, from: number): number {
  let count = 0
  for (let at = from; arena.memory[at] !== TERMINATOR; count++)
    at = arena.kernel.packedNext(at) >>> 0
  return count
}

function eachOf({arena}: Keyspace, first: number, count: number, take: TakeSpan): void {
  const {kernel} = arena
  for (let at = first, left = count; left > 0; left--) {
    kernel.packedSpan(at)
    const {view} = arena
    take(
      arena.memory,
      view.getUint32(REGISTERS + REG_AUX, true),
      view.getUint32(REGISTERS + REG_AUX + 4, true),
    )
    if (left > 1) at = kernel.packedNext(at) >>> 0
  }
}
