/** Lists: what every type of value can do. Edits are in list-edit.ts. */
import {ENTRY_KIND, REG_NEXT, REGISTERS, SPANS} from '../../formats/kernel/layout.ts'
import {RdbType} from '../../formats/rdb/types.ts'
import type {ValueVisitor} from '../../formats/rdb/visitor.ts'
import type {Arena} from '../arena.ts'
import type {Database} from '../database.ts'
import type {Keyspace} from '../keyspace.ts'
import {IgnoringVisitor} from './ignoring.ts'
import {Kind, objectOf, setValue, valueField} from './kinds.ts'
import {listLength, packNodes} from './list-edit.ts'
import {FIRST_ENTRY, NODE_BYTES} from './list-entries.ts'
import {ListNodes} from './list-nodes.ts'
import type {ValueLoader, ValueOps} from './ops.ts'

const BATCH = 1024

function visit(keyspace: Keyspace, entry: number, visitor: ValueVisitor): void {
  const {arena} = keyspace
  visitor.begin('list', RdbType.LIST_QUICKLIST_2, listLength(keyspace, entry))
  if (arena.view.getUint8(entry + ENTRY_KIND) === Kind.LIST_PACKED) {
    visitEntries(arena, valueField(keyspace, entry), visitor)
  } else {
    const nodes = objectOf<ListNodes>(keyspace, entry)
    for (let i = 0; i < nodes.length; i++) {
      if (nodes.isPlain(i)) {
        const start = nodes.plainStart(i)
        visitor.member(arena.memory, start, start + nodes.bytesOf(i))
      } else visitEntries(arena, nodes.at(i), visitor)
    }
  }
  visitor.end()
}

/** The visitor may use kernels that leave SPANS and INT_TEXT alone. */
function visitEntries(arena: Arena, block: number, visitor: ValueVisitor): void {
  const end = block + arena.view.getUint32(block, true)
  for (let next = block + FIRST_ENTRY; ; ) {
    const count = arena.kernel.listpackRead(next, end, BATCH)
    if (count <= 0) return
    next = arena.view.getUint32(REGISTERS + REG_NEXT, true)
    for (let span = SPANS; span < SPANS + count * 8; span += 8) {
      const {view} = arena
      visitor.member(arena.memory, view.getUint32(span, true), view.getUint32(span + 4, true))
    }
  }
}

/**
 * Builds a list as a server does from a file. Readers that have checked nodes in their hands give them as they are, with
 * `listNode` or `plain` in place of `member`.
 */
export class ListLoader extends IgnoringVisitor implements ValueLoader {
  private readonly keyspace: Keyspace
  private nodes: ListNodes

  constructor(keyspace: Keyspace) {
    super()
    this.keyspace = keyspace
    this.nodes = new ListNodes(keyspace.arena)
  }

  override begin(): void {
    this.nodes.release()
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    const from = this.keyspace.stage(memory, start, end)
    this.nodes.push(false, from, from + end - start)
  }

  /** A sound listpack, whole. */
  listNode(memory: Uint8Array, start: number, end: number): void {
    const block = copyBlock(this.keyspace, memory, start, end)
    if (this.keyspace.arena.kernel.packedSize(block) === 0) this.keyspace.arena.release(block)
    else this.nodes.appendBlock(block)
  }

  /** An element that has a node of its own. */
  plain(memory: Uint8Array, start: number, end: number): void {
    const from = this.keyspace.stage(memory, start, end)
    this.nodes.appendPlain(from, from + end - start)
  }

  into(db: Database, entry: number): number {
    const {keyspace, nodes} = this
    if (nodes.count === 0) return 0
    setValue(keyspace, entry, Kind.LIST, keyspace.addObject(nodes))
    packNodes(keyspace, entry, NODE_BYTES)
    // Most lists are small, and leave the nodes empty behind.
    if (db.kind(entry) === Kind.LIST) this.nodes = new ListNodes(keyspace.arena)
    return entry
  }
}

/** Put a sound listpack into an entry without a value. Returns where it lies, 0 when the list is empty. */
export function takeListPacked(
  db: Database,
  entry: number,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  const {keyspace} = db
  const block = copyBlock(keyspace, memory, start, end)
  if (keyspace.arena.kernel.packedSize(block) === 0) {
    keyspace.arena.release(block)
    return 0
  }
  if (end - start <= NODE_BYTES) setValue(keyspace, entry, Kind.LIST_PACKED, block)
  else {
    const nodes = new ListNodes(keyspace.arena)
    nodes.appendBlock(block)
    setValue(keyspace, entry, Kind.LIST, keyspace.addObject(nodes))
  }
  return entry
}

function copyBlock(keyspace: Keyspace, memory: Uint8Array, start: number, end: number): number {
  const {arena} = keyspace
  const own = memory === arena.memory
  const block = arena.alloc(end - start)
  if (own) arena.memory.copyWithin(block, start, end)
  else arena.memory.set(memory.subarray(start, end), block)
  return block
}

export const LIST_OPS: ValueOps = {
  visit,
  copy(from, entry, to, target) {
    const {keyspace} = from
    const {arena} = keyspace
    const field = valueField(keyspace, entry)
    if (from.kind(entry) === Kind.LIST_PACKED) {
      const end = field + arena.view.getUint32(field, true)
      setValue(keyspace, target, Kind.LIST_PACKED, copyBlock(keyspace, arena.memory, field, end))
    } else {
      const nodes = objectOf<ListNodes>(keyspace, entry).copy()
      setValue(to.keyspace, target, Kind.LIST, to.keyspace.addObject(nodes))
    }
    return target
  },
  encoding: (keyspace, entry) =>
    keyspace.arena.view.getUint8(entry + ENTRY_KIND) === Kind.LIST_PACKED
      ? 'listpack'
      : 'quicklist',
  loader: (keyspace) => new ListLoader(keyspace),
}
