/** Kernels that change values and the table of keys in place; see kernel.ts for what addresses and registers are. */
export interface ValueKernel {
  /** The entry whose key is [start, end), 0 when there is none; see dict.ts. */
  dictFind(dict: number, start: number, end: number): number
  /** Load the slots and entries of many keys at a time; see dict.ts. */
  dictTouch(dict: number, at: number, end: number, room: number): void
  /** Find the slot of an entry, as `dictFind` does for a key. */
  dictSeek(dict: number, entry: number): void
  /** Add an entry, whose hash is in REG_HASH. */
  dictAdd(dict: number, entry: number): void
  /** Add the entries at [at, end), with `room` for a hash each; see dict.ts. Returns where it stopped: at a key that is there. */
  dictFill(dict: number, at: number, end: number, room: number): number
  /** Free the slot that `dictFind` found. */
  dictRemove(dict: number): void
  /** The entry that `dictFind` found lies at `entry` now. */
  dictMoved(entry: number): void
  /** Move all entries to an empty table. */
  dictGrow(dict: number, table: number, slots: number): void
  /** Count the entries by kind to `out`, KINDS x u32. Returns how many expire before a time. */
  dictCount(dict: number, from: number, to: number, beforeMs: number, out: number): number
  /** Put up to `count` entries at or behind a slot to `out`. Returns how many, 0 at the end; REG_NEXT is the slot behind them. */
  dictRead(dict: number, slot: number, out: number, count: number): number
  /** Put a pair for every entry to `out`, in the order of dict-order.ts; `room` is as large. */
  dictOrder(dict: number, out: number, room: number): void
  /** Load plain RDB entries from `next` on; see rdb-load.ts. Returns the address of the first entry that was not read. */
  rdbLoad(next: number, limit: number, flags: number, types: number): number
  /** Load the members of a set, or of a sorted set with a tree; see rdb-load.ts. Returns where they end, 0 when they are not plain. */
  rdbMembers(next: number, limit: number, count: number, dict: number, tree: number): number

  /*
   * Edits of sound listpacks, see packed-edit.ts. `block` is where one starts, an entry is an address or that of the terminator,
   * spans [from, to) never lie inside of the block. What they change moves the entries behind it.
   */
  /** Make an empty listpack of 7 bytes. Returns 7. */
  packedInit(block: number): number
  /** Number of entries. */
  packedSize(block: number): number
  /** The entry after this one, or the terminator, a byte ff. */
  packedNext(entry: number): number
  /** The entry before this one or before the terminator; 0 when there is none. */
  packedPrev(block: number, entry: number): number
  /** The entry at an index, from the end when negative; 0 when there is none. */
  packedAt(block: number, index: number): number
  /** The first entry with the bytes [from, to) among those at positions 0, step, 2 * step ..., or 0. */
  packedFind(block: number, end: number, step: number, from: number, to: number): number
  /** The same, beginning with an entry or the terminator. */
  packedFindFrom(entry: number, step: number, from: number, to: number): number
  /** Whether an entry holds the bytes [from, to): 1 or 0. */
  packedEquals(entry: number, from: number, to: number): number
  /** Put where the bytes of an entry start and end to REG_AUX, two u32; integers as text in INT_TEXT. */
  packedSpan(entry: number): void
  /** How many bytes an entry with the bytes [from, to) takes. */
  packedNeeds(from: number, to: number): number
  /**
   * Replace the `remove` entries from `at` on by one with the bytes [from, to), encoded as servers do; `at` 0 is the end.
   * Returns the new size; 0, nothing changed, when that is above `capacity`.
   */
  packedPut(
    block: number,
    at: number,
    remove: number,
    from: number,
    to: number,
    capacity: number,
  ): number
  /** Remove `count` entries from `at` on. Returns the new size. */
  packedDelete(block: number, at: number, count: number): number
  /** Make an empty intset of 8 bytes. Returns 8. */
  intsetInit(block: number): number
  /** Address of the member whose text is [from, to), or 0. */
  intsetFind(block: number, from: number, to: number): number
  /**
   * Add a member. Returns the new size; or, nothing changed, 0 when that is above `capacity`, 1 when it is there already, 2 when
   * the text is no integer as servers print them.
   */
  intsetAdd(block: number, from: number, to: number, capacity: number): number
  /** Size of the intset with this member added, if it is not there yet. */
  intsetNeeds(block: number, from: number, to: number): number
  /** Remove a member. Returns the new size, or 0 when it is not there. */
  intsetRemove(block: number, from: number, to: number): number

  /*
   * Sorted sets, see zset-packed.ts and zset-tree.ts. `bound` is one of ZSET_, of a score and the bytes [from, to).
   */
  /** The pair of the member [from, to) in a listpack, 0 when there is none. */
  zsetFind(block: number, from: number, to: number): number
  /**
   * Step over pairs of a listpack, from the one at `entry` on, that are before a bound. Returns the first that is not, or the
   * terminator; REG_COUNT is how many were stepped over, REG_AUX 1 when it takes all digits of the score to tell.
   */
  zsetRun(entry: number, bound: number, score: number, from: number, to: number): number
  /** The score in an entry, or NaN with 1 in REG_AUX (u32) if TypeScript must parse it. */
  zsetScore(entry: number): number
  /** Order of the bytes of an entry and [from, to): below 0, 0, above 0. */
  compareMember(entry: number, from: number, to: number): number
  /** Put a pair in front of `at`. Returns the new size; 0, nothing changed, when that is above `capacity`. */
  zsetPut(
    block: number,
    at: number,
    from: number,
    to: number,
    score: number,
    capacity: number,
  ): number
  /**
   * Add a member or change its score, under ZADD_ options, in a listpack that takes members of `longest` bytes. Returns 1 when that
   * is done; 0, nothing changed, where it takes more than that.
   */
  zsetUpdate(
    block: number,
    from: number,
    to: number,
    score: number,
    options: number,
    longest: number,
    capacity: number,
  ): number
  /** How many bytes a pair takes at most. */
  zsetNeeds(from: number, to: number): number
  /** Make an empty tree of one spare node. */
  treeInit(tree: number): void
  /** Add an entry; two spare nodes more than the root's level must be there. */
  treeAdd(tree: number, entry: number): void
  /** Remove an entry that is there. */
  treeRemove(tree: number, entry: number): void
  /** How many entries are before a bound. */
  treeCount(tree: number, bound: number, score: number, from: number, to: number): number
  /** Put some entries from a rank on into SPANS, one u32 each. Returns how many, 0 at the end. */
  treeRead(tree: number, rank: number): number
  /** Make all nodes spare ones. */
  treeDismantle(tree: number): void

  /** Steps on a HyperLogLog, [start, end): see hll.ts. They return one of HLL_ unless said otherwise. */
  hllAdd(start: number, end: number, element: number, elementEnd: number): number
  hllMerge(registers: number, start: number, end: number): number
  /** Returns the register where it stopped. */
  hllStore(start: number, end: number, registers: number, index: number): number
  hllDense(start: number, end: number, out: number): number
  hllCount(start: number, end: number): number
  hllStale(start: number): void
  /** Set or add to a field of bits; see bits.ts. Returns 0 where it overflows and must not. */
  bitsField(
    start: number,
    offset: number,
    bits: number,
    signed: number,
    add: number,
    value: bigint,
    overflow: number,
  ): number
  /** Combine rows of bits into the first; `operation` is one of BITS_, see bits.ts. */
  bitsCombine(
    operation: number,
    target: number,
    length: number,
    source: number,
    sourceLength: number,
    twice: number,
  ): void
}
