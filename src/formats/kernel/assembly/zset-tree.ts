/**
 * Members of a large sorted set in order: a B+tree over entries of a dict (see dict.ts), whose expiry field is the score.
 *
 *     tree    u32 root | u32 first spare node, 0 for none | u32 spare nodes
 *     node    u32 slots | u32 level, 0 for a leaf | f64 scores[] | u32 entries[] | above leaves: u32 nodes[] | u32 sizes[]
 *
 * A slot above the leaves has the first entry of its node, that one's score, and how many entries are below it. A spare node has
 * the next one in its first word. The caller keeps as many spares as the root's level and two more before it adds an entry.
 */
import {
  ENTRY_KEY,
  ENTRY_KEY_LENGTH,
  ENTRY_SCORE,
  SPANS,
  TREE_LEVEL,
  TREE_SPARE,
  TREE_SPARES,
  ZSET_ALL_SCORE,
  ZSET_BEFORE,
  ZSET_BEFORE_LEX,
  ZSET_BEFORE_SCORE,
  ZSET_UP_TO,
} from '../layout'
import {compareSpans} from './spans'

const HEAD: u32 = 8
const LEAF_SLOTS: u32 = 41
const SLOTS: u32 = 25
const FIRST_EDGE: u32 = 1
const LAST_EDGE: u32 = 2

/** Make an empty tree; one spare node must be there. */
export function treeInit(tree: u32): void {
  store<u32>(tree, takeNode(tree, 0))
}

/** Add an entry that is not in the tree. */
export function treeAdd(tree: u32, entry: u32): void {
  const root = load<u32>(tree)
  const beside = addBelow(tree, root, entry, FIRST_EDGE | LAST_EDGE)
  if (beside == 0) return
  const top = takeNode(tree, level(root) + 1)
  putSlot(top, 0, root)
  putSlot(top, 1, beside)
  store<u32>(tree, top)
}

/** Remove an entry that is in the tree, under the score that it has. */
export function treeRemove(tree: u32, entry: u32): void {
  let root = load<u32>(tree)
  removeBelow(tree, root, entry)
  while (level(root) != 0 && load<u32>(root) <= 1) {
    if (load<u32>(root) == 0) {
      store<u32>(root, 0, TREE_LEVEL)
      break
    }
    const only = load<u32>(nodeAt(root, 0))
    giveNode(tree, root)
    root = only
  }
  store<u32>(tree, root)
}

/** How many entries are before a bound: see `isBefore`. */
export function treeCount(tree: u32, bound: i32, score: f64, from: u32, to: u32): u32 {
  let node = load<u32>(tree)
  let count: u32 = 0
  while (true) {
    const before = slotsBefore(node, bound, score, from, to)
    if (level(node) == 0) return count + before
    if (before == 0) return count
    for (let i: u32 = 0; i < before - 1; i++) count += load<u32>(sizeAt(node, i))
    node = load<u32>(nodeAt(node, before - 1))
  }
}

/** Put entries from a rank on into SPANS, one u32 each, as many as lie together. Returns how many. */
export function treeRead(tree: u32, rank: u32): u32 {
  let node = load<u32>(tree)
  while (level(node) != 0) {
    let i: u32 = 0
    const slots = load<u32>(node)
    for (; i < slots; i++) {
      const size = load<u32>(sizeAt(node, i))
      if (rank < size) break
      rank -= size
    }
    if (i == slots) return 0
    node = load<u32>(nodeAt(node, i))
  }
  const slots = load<u32>(node)
  if (rank >= slots) return 0
  memory.copy(SPANS, entryAt(node, rank), (slots - rank) << 2)
  return slots - rank
}

/** Make all nodes of a tree spare ones. */
export function treeDismantle(tree: u32): void {
  giveAll(tree, load<u32>(tree))
  store<u32>(tree, 0)
}

function giveAll(tree: u32, node: u32): void {
  if (level(node) != 0) {
    for (let i: u32 = 0; i < load<u32>(node); i++) giveAll(tree, load<u32>(nodeAt(node, i)))
  }
  giveNode(tree, node)
}

/** Add an entry somewhere below a node. Returns a new node to stand behind it, or 0. */
function addBelow(tree: u32, node: u32, entry: u32, edges: u32): u32 {
  const key = entry + ENTRY_KEY
  const score = load<f64>(entry, ENTRY_SCORE)
  const before = slotsBefore(node, ZSET_BEFORE, score, key, key + load<u32>(entry, ENTRY_KEY_LENGTH))
  if (level(node) == 0) return addSlot(tree, node, before, entry, edges)
  const i = before == 0 ? 0 : before - 1
  const below = load<u32>(nodeAt(node, i))
  const edge = (i == 0 ? FIRST_EDGE : 0) | (i + 1 == load<u32>(node) ? LAST_EDGE : 0)
  const beside = addBelow(tree, below, entry, edges & edge)
  fillSlot(node, i, below)
  return beside == 0 ? 0 : addSlot(tree, node, i + 1, beside, edges)
}

/** Add an entry or a node at a slot. Returns a new node to stand behind this one, or 0. */
function addSlot(tree: u32, node: u32, at: u32, what: u32, edges: u32): u32 {
  const slots = load<u32>(node)
  if (slots < roomOf(node)) {
    putSlot(node, at, what)
    return 0
  }
  // What comes in order leaves full nodes behind.
  let cut = slots >> 1
  if ((edges & LAST_EDGE) != 0 && at == slots) cut = slots
  else if ((edges & FIRST_EDGE) != 0 && at <= 1) cut = at
  const beside = takeNode(tree, level(node))
  moveSlots(node, cut, slots, beside, 0)
  store<u32>(beside, slots - cut)
  store<u32>(node, cut)
  if (at < cut || (at == cut && cut < slots)) putSlot(node, at, what)
  else putSlot(beside, at - cut, what)
  return beside
}

/** Put an entry or a node in a slot; there is room. */
function putSlot(node: u32, at: u32, what: u32): void {
  const slots = load<u32>(node)
  moveSlots(node, at, slots, node, at + 1)
  store<u32>(node, slots + 1)
  if (level(node) != 0) return fillSlot(node, at, what)
  store<f64>(scoreAt(node, at), load<f64>(what, ENTRY_SCORE))
  store<u32>(entryAt(node, at), what)
}

/** Note in a slot above the leaves what is below it. */
function fillSlot(node: u32, at: u32, below: u32): void {
  store<f64>(scoreAt(node, at), load<f64>(scoreAt(below, 0)))
  store<u32>(entryAt(node, at), load<u32>(entryAt(below, 0)))
  store<u32>(nodeAt(node, at), below)
  store<u32>(sizeAt(node, at), sizeOf(below))
}

function removeBelow(tree: u32, node: u32, entry: u32): void {
  const key = entry + ENTRY_KEY
  const score = load<f64>(entry, ENTRY_SCORE)
  const i = slotsBefore(node, ZSET_UP_TO, score, key, key + load<u32>(entry, ENTRY_KEY_LENGTH)) - 1
  if (level(node) == 0) return dropSlot(node, i)
  const below = load<u32>(nodeAt(node, i))
  removeBelow(tree, below, entry)
  if (load<u32>(below) == 0) {
    giveNode(tree, below)
    return dropSlot(node, i)
  }
  fillSlot(node, i, below)
  if (load<u32>(below) >= roomOf(below) >> 1) return
  if (i + 1 < load<u32>(node)) join(tree, node, i)
  else if (i > 0) join(tree, node, i - 1)
}

/** Make one node of two neighbours, if that leaves room. */
function join(tree: u32, node: u32, i: u32): void {
  const left = load<u32>(nodeAt(node, i))
  const right = load<u32>(nodeAt(node, i + 1))
  const room = roomOf(left)
  const slots = load<u32>(left)
  const more = load<u32>(right)
  if (slots + more > room - (room >> 2)) return
  moveSlots(right, 0, more, left, slots)
  store<u32>(left, slots + more)
  giveNode(tree, right)
  dropSlot(node, i + 1)
  fillSlot(node, i, left)
}

function dropSlot(node: u32, at: u32): void {
  const slots = load<u32>(node)
  moveSlots(node, at + 1, slots, node, at)
  store<u32>(node, slots - 1)
}

/** Copy slots [from, to) of a node to another one of the same level, or within it. */
function moveSlots(node: u32, from: u32, to: u32, target: u32, at: u32): void {
  if (from >= to) return
  const count = to - from
  memory.copy(scoreAt(target, at), scoreAt(node, from), count << 3)
  memory.copy(entryAt(target, at), entryAt(node, from), count << 2)
  if (level(node) == 0) return
  memory.copy(nodeAt(target, at), nodeAt(node, from), count << 2)
  memory.copy(sizeAt(target, at), sizeAt(node, from), count << 2)
}

/** How many slots of a node begin before a bound. */
function slotsBefore(node: u32, bound: i32, score: f64, from: u32, to: u32): u32 {
  let low: u32 = 0
  let high = load<u32>(node)
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(node, middle, bound, score, from, to)) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a slot is before a bound, a ZSET_ constant: before or up to a score, a member of a score, or a member alone. */
function isBefore(node: u32, at: u32, bound: i32, score: f64, from: u32, to: u32): bool {
  if (bound < ZSET_BEFORE_LEX) {
    const own = load<f64>(scoreAt(node, at))
    if (own != score) return own < score
    if (bound == ZSET_BEFORE_SCORE) return false
    if (bound == ZSET_ALL_SCORE) return true
  }
  const entry = load<u32>(entryAt(node, at))
  const key = entry + ENTRY_KEY
  const order = compareSpans(key, key + load<u32>(entry, ENTRY_KEY_LENGTH), from, to)
  return order < 0 || (order == 0 && (bound & 1) != 0)
}

function sizeOf(node: u32): u32 {
  const slots = load<u32>(node)
  if (level(node) == 0) return slots
  let size: u32 = 0
  for (let i: u32 = 0; i < slots; i++) size += load<u32>(sizeAt(node, i))
  return size
}

/** Must a spare node be there before the next entry is added? */
export const treeWants = (tree: u32): bool => load<u32>(tree, TREE_SPARES) < level(load<u32>(tree)) + 2

function takeNode(tree: u32, height: u32): u32 {
  const node = load<u32>(tree, TREE_SPARE)
  store<u32>(tree, load<u32>(node), TREE_SPARE)
  store<u32>(tree, load<u32>(tree, TREE_SPARES) - 1, TREE_SPARES)
  store<u32>(node, 0)
  store<u32>(node, height, TREE_LEVEL)
  return node
}

export function giveNode(tree: u32, node: u32): void {
  store<u32>(node, load<u32>(tree, TREE_SPARE))
  store<u32>(tree, node, TREE_SPARE)
  store<u32>(tree, load<u32>(tree, TREE_SPARES) + 1, TREE_SPARES)
}

// @ts-ignore: decorator
@inline
function level(node: u32): u32 {
  return load<u32>(node, TREE_LEVEL)
}

// @ts-ignore: decorator
@inline
function roomOf(node: u32): u32 {
  return level(node) == 0 ? LEAF_SLOTS : SLOTS
}

// @ts-ignore: decorator
@inline
function scoreAt(node: u32, slot: u32): u32 {
  return node + HEAD + (slot << 3)
}

// @ts-ignore: decorator
@inline
function entryAt(node: u32, slot: u32): u32 {
  return node + HEAD + (roomOf(node) << 3) + (slot << 2)
}

// @ts-ignore: decorator
@inline
function nodeAt(node: u32, slot: u32): u32 {
  return node + HEAD + SLOTS * 12 + (slot << 2)
}

// @ts-ignore: decorator
@inline
function sizeAt(node: u32, slot: u32): u32 {
  return node + HEAD + SLOTS * 16 + (slot << 2)
}
