import {WINDOW} from './layout.ts'

/**
 * The kernels of one WebAssembly instance, over the memory of layout.ts. Addresses are byte addresses in that memory; ranges are
 * half open. No kernel reads or writes outside the ranges it is given and the regions of layout.ts, whatever the bytes are.
 * "Register" means the named word at REGISTERS. An address above 2^31 comes back negative: `>>> 0` where memory may be that large.
 */
export interface Kernel {
  readonly memory: WebAssembly.Memory
  /** What it was made from, to make another one. */
  readonly module: WebAssembly.Module

  /** Copy the keys of the next records to `out`; see aof-keys.ts. Returns where they end. */
  aofKeys(next: number, limit: number, count: number, out: number): number
  /** The index of the command whose name is [start, end), -1 for one that is not in the table. */
  aofCommand(start: number, end: number): number
  /** Step over records that are plainly right from `next` on; see aof-run.ts. Returns where it stopped. */
  aofRun(next: number, limit: number): number
  /** Read one whole plain record to REG_ARGC and SPANS. Returns its end, or 0 and why in REG_AUX. */
  aofRecord(next: number, limit: number): number
  /** Continue the CRC-64 in REG_CRC over [start, end). */
  crcUpdate(start: number, end: number): void
  /** The CRC-64 of what `crc` covers followed by [start, end). Touches no register. */
  crcOf(crc: bigint, start: number, end: number): bigint
  /** Let this instance fold CRCs at `address`: two threads must not do it in one place. */
  crcFoldAt(address: number): void
  /** Turn REG_CRC, of A, and REG_CRC_NEXT, of B, into the CRC of A || B in REG_CRC. B's length comes in two halves. */
  crcCombine(lengthLo: number, lengthHi: number): void
  /** Hash [start, end) into REG_HASH. */
  hash(start: number, end: number, seed: number): void
  /** Hash [start, end) and append it to HASH_LOG at index REG_HASHES; the caller keeps that below HASH_LOG_MAX. */
  hashAppend(start: number, end: number, seed: number): void
  /** Empty a table of `slots` hashes, 8 bytes each, a power of two. */
  seenClear(table: number, slots: number): void
  /** Add the hash of [start, end) to a table at most half full. Returns 1 when it was there, else 0. */
  seenAdd(table: number, slots: number, start: number, end: number): number
  /** 1 when the hash of [start, end) is in the table, else 0. */
  seenHas(table: number, slots: number, start: number, end: number): number
  /** Move all hashes of one table to a larger, empty one. */
  seenMove(from: number, fromSlots: number, to: number, toSlots: number): void
  /** Take the bytes [start, end), the last ones it covers, out of REG_CRC. Slow: for few bytes. */
  crcRewind(start: number, end: number): void
  /** Read plain RDB entries from `next` on; see rdb-run.ts. Returns the address of the first entry that was not read. */
  rdbRun(
    next: number,
    limit: number,
    flags: number,
    types: number,
    db: number,
    area: number,
    room: number,
    max: number,
  ): number
  /** The entry whose key is [start, end), 0 when there is none; see dict.ts. */
  dictFind(dict: number, start: number, end: number): number
  /** Load the slots and entries of many keys at a time; see dict.ts. */
  dictTouch(dict: number, at: number, end: number, room: number): void
  /** Find the slot of an entry, as `dictFind` does for a key. */
  dictSeek(dict: number, entry: number): void
  /** Add an entry, whose hash is in REG_HASH. */
  dictAdd(dict: number, entry: number): void
  /** Free the slot that `dictFind` found. */
  dictRemove(dict: number): void
  /** The entry that `dictFind` found lies at `entry` now. */
  dictMoved(entry: number): void
  /** Move all entries to an empty table. */
  dictGrow(dict: number, table: number, slots: number): void
  /** The first entry at or behind a slot, 0 when there is none; REG_NEXT is the slot behind it. */
  dictNext(dict: number, slot: number): number

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
  /** Sort hashes of keys into groups; see key-groups.ts. Returns the address where it stopped. */
  groupHashes(src: number, srcEnd: number, from: number, to: number, heapEnd: number): number
  /** Forget the hashes of a group; its pages are free for others. */
  groupDrop(group: number): void
  /** How many hashes a group holds. */
  groupSize(group: number): number
  /** Put the hashes of a group that come more than once to `out`. Returns the end of what was put. */
  groupRepeats(group: number, table: number, slots: number, out: number, outEnd: number): number
  /** Expand [src, srcEnd) to exactly [dst, dstEnd); 0, or an LZF_ error with REG_ERROR_AT the code it is about. */
  lzfDecompress(src: number, srcEnd: number, dst: number, dstEnd: number): number
  /**
   * Expand whole codes while 264 bytes of room and, unless `final` is 1, 34 bytes of input are left. References may reach down to
   * `historyStart`. REG_NEXT is where the next code starts, REG_OUT where the output ends. 0, or an LZF_ error.
   */
  lzfPiece(
    src: number,
    srcEnd: number,
    final: number,
    historyStart: number,
    out: number,
    outEnd: number,
  ): number
  /** Compress [src, srcEnd) to `dst`; the length, or 0 if it does not fit in [dst, dstEnd). Same input, same bytes. */
  lzfCompress(src: number, srcEnd: number, dst: number, dstEnd: number): number

  /** Check the header of a listpack only; 0, or a PACKED_ error at REG_ERROR_AT. */
  listpackHeader(start: number, end: number): number
  /**
   * Check a whole listpack: 0, or a PACKED_ error at REG_ERROR_AT. `tuple` is 0 for a list, 1 for a set, 2 for pairs, 3 for fields
   * with expiry; `flags` are CHECK_ bits. REG_COUNT is the number of entries. REG_AUX + 0 has AUX_ bits if CHECK_SCORE_ORDER
   * is set and the scores are odd; REG_AUX + 4 is 1 if there were too many tuples to look for duplicates.
   */
  listpackCheck(start: number, end: number, tuple: number, flags: number): number
  /**
   * Put the spans of up to `max` (at most SPAN_MAX) entries from `next` on into SPANS; the first entry is at start + 6. Integers are
   * decimal text in INT_TEXT. Returns how many, 0 at the end, REG_NEXT being where to go on; or -1 with REG_ERROR_AT.
   */
  listpackRead(next: number, end: number, max: number): number
  /** As listpackHeader. */
  ziplistHeader(start: number, end: number): number
  /** As listpackCheck, without a tuple of 3. */
  ziplistCheck(start: number, end: number, tuple: number, flags: number): number
  /** As listpackRead; the first entry is at start + 10. */
  ziplistRead(next: number, end: number, max: number): number
  /** Check a whole zipmap: 0, or a PACKED_ error at REG_ERROR_AT. REG_COUNT is the number of pairs, REG_AUX as above. */
  zipmapCheck(start: number, end: number): number
  /** As listpackRead, but always whole pairs; the first is at start + 1. */
  zipmapRead(next: number, end: number, max: number): number
  /** Check a whole intset: 0, or a PACKED_ error at REG_ERROR_AT. REG_COUNT is the number of members. */
  intsetCheck(start: number, end: number): number
  /** Put up to `max` members from `index` on into SPANS, as decimal text. Returns how many, 0 after the last. */
  intsetRead(start: number, end: number, index: number, max: number): number
  /**
   * Check a whole stream node whose id is 16 bytes at `id`: 0, or a PACKED_ error at REG_ERROR_AT. REG_COUNT is the number of live
   * items, REG_STREAM their ids: see stream-node.ts. Overwrites REG_AUX.
   */
  streamNodeCheck(start: number, end: number, id: number): number

  /** SHA-1 of [start, end) as five u32, in the order of the standard, at `out`. */
  sha1(start: number, end: number, out: number): void
  /** The same for a message in pieces, one at a time. Between them only `sha1Update` may be called. */
  sha1Begin(): void
  sha1Update(start: number, end: number): void
  sha1End(out: number): void
  /** state = SHA-1(state ^ other), both five u32. */
  sha1Mix(state: number, other: number): void
  /** state ^= SHA-1(hash), both five u32. Overwrites `hash`. */
  sha1Xor(state: number, hash: number): void
  /** Write a score as fpconv does, at most 25 bytes at `out`; returns the end. SCORE_POWERS must be there. */
  scoreText(score: number, out: number): number
  /** Write a score as `%.17g` does, at most 24 bytes at `out`; returns the end, 0 when TypeScript must do it. */
  scorePrintf(score: number, out: number): number

  /** DEBUG DIGEST, see digest.ts there: DIGEST_TYPES and DIGEST_MARKS must be there. `eachValue`: also digest each value alone. */
  digestStart(eachValue: number): void
  /** Begin a value; `how` is 0 text, 1 members, 2 pairs, 3 chain. */
  digestBegin(how: number, type: number, keyStart: number, keyEnd: number): void
  digestPiece(start: number, end: number): void
  digestFirst(start: number, end: number): void
  digestSecond(start: number, end: number): void
  digestMark(): void
  /** [start, end) is what belongs to the last member should `digestOther` be called. */
  digestEither(start: number, end: number): void
  digestOther(): void
  /** Add a part with the hash at `hash` `count` times. */
  digestRepeat(hash: number, count: number): void
  /** Add the key to the total. A value that was begun and not ended counts for nothing. */
  digestEnd(expires: number): void
  /** Complete DIGEST_TOTAL. */
  digestSettle(): void

  /** Our own digest, see full-digest.ts there. `how` is 0 text, 1 members, 2 pairs. */
  fullStart(eachValue: number): void
  fullBegin(how: number, db: number, type: number, keyStart: number, keyEnd: number): void
  fullPiece(start: number, end: number): void
  fullFirst(start: number, end: number): void
  fullSecond(start: number, end: number): void
  fullNumber(high: number, low: number): void
  /** Add the hash of [start, end) to the five u32 at `sum`. */
  fullNote(start: number, end: number, sum: number): void
  fullEnd(expiryHigh: number, expiryLow: number): void
  fullSettle(): void

  /** Whether the span is a canonical 64-bit integer (1 or 0); if so it is the i64 in REG_AUX. */
  spanInt(start: number, end: number): number
  /** The plain decimal in the span, exactly; or NaN with 1 in REG_AUX (u32) if TypeScript must parse it. */
  textDouble(start: number, end: number): number
  /** The decimal `[-]digits[.digits]` of up to 19 digits in the span, exactly rounded; NaN for any other text. */
  plainDouble(start: number, end: number): number
  /** Whether two spans hold the same bytes (1 or 0). */
  equalSpans(a: number, aEnd: number, b: number, bEnd: number): number
  /** Order of two spans by bytes, then length: below 0, 0, above 0. */
  compareSpans(a: number, aEnd: number, b: number, bEnd: number): number
  /** Address of the first `byte` in the span, or `end`. */
  findByte(start: number, end: number, byte: number): number
  /** Address of the first byte that is not zero, or `end`. */
  isZero(start: number, end: number): number

  /** Steps on a HyperLogLog, [start, end): see hll.ts. They return one of HLL_ unless said otherwise. */
  hllAdd(start: number, end: number, element: number, elementEnd: number): number
  hllMerge(registers: number, start: number, end: number): number
  /** Returns the register where it stopped. */
  hllStore(start: number, end: number, registers: number, index: number): number
  hllDense(start: number, end: number, out: number): number
  hllCount(start: number, end: number): number
  hllStale(start: number): void
  /** Set or add to a field of bits; see bits.ts. */
  bitsField(
    start: number,
    offset: number,
    bits: number,
    signed: number,
    add: number,
    value: bigint,
    overflow: number,
  ): void
  /** Combine rows of bits into the first; `operation` is one of BITS_, see bits.ts. */
  bitsCombine(
    operation: number,
    target: number,
    length: number,
    source: number,
    sourceLength: number,
    twice: number,
  ): void
  /** XXH3 with 64 bits of [start, end), signed. */
  xxh3(start: number, end: number): bigint
}

interface KernelExports extends Omit<Kernel, 'memory' | 'module'> {
  crcInit(): void
  lzfInit(): void
}

const PAGE = 0x10000
const INITIAL_PAGES = 64

/** Instantiate the kernels over a new shared memory of 4 MiB that may grow to `maximumPages` pages of 64 KiB. */
export function createKernel(module: WebAssembly.Module, maximumPages = 65536): Kernel {
  const initial = Math.max(INITIAL_PAGES, WINDOW / PAGE + 1)
  const memory = new WebAssembly.Memory({
    initial,
    maximum: Math.max(maximumPages, initial),
    shared: true,
  })
  return createKernelOn(module, memory)
}

/**
 * Instantiate the kernels over a memory that another thread may already use: the tables are filled again with the same bytes.
 * While one thread runs any kernel, a second one may run crcOf alone, which writes no register, once it has its own place to fold in.
 */
export function createKernelOn(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernel {
  const exports = new WebAssembly.Instance(module, {env: {memory}})
    .exports as unknown as KernelExports
  exports.crcInit()
  exports.lzfInit()
  return {memory, module, ...exports}
}
