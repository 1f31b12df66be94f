import type {DigestKernel} from './digest-kernel.ts'
import {WINDOW} from './layout.ts'
import type {TextHooks, TextKernel} from './text-kernel.ts'
import type {TranslateKernel} from './translate-kernel.ts'
import type {ValueKernel} from './value-kernel.ts'

/**
 * The kernels of one WebAssembly instance, over the memory of layout.ts. Addresses are byte addresses in that memory; ranges are
 * half open. No kernel reads or writes outside the ranges it is given and the regions of layout.ts, whatever the bytes are.
 * "Register" means the named word at REGISTERS. An address above 2^31 comes back negative: `>>> 0` where memory may be that large.
 */
export interface Kernel extends ValueKernel, DigestKernel, TextKernel, TranslateKernel {
  readonly memory: WebAssembly.Memory
  /** What it was made from, to make another one. */
  readonly module: WebAssembly.Module

  /**
   * Read up to `count` records that part `part` of `parts` has to see to SPANS; see aof-batch.ts. Returns where reading stopped,
   * at the latest in front of what is no plain record.
   */
  aofBatch(next: number, limit: number, part: number, parts: number, count: number): number
  /** The index of the command whose name is [start, end), -1 for one that is not in the table. */
  aofCommand(start: number, end: number): number
  /** The part of the key [start, end) among `parts`; see key-parts.ts. */
  keyPart(start: number, end: number, parts: number): number
  /** Tie the key [start, end) to all others that are tied: from now on they are of part 0. */
  keyTie(start: number, end: number): void
  /** Step over records that are plainly right from `next` on; see aof-run.ts. Returns where it stopped. */
  aofRun(next: number, limit: number): number
  /** The same for up to `max` records, with a row of each at `out`; see aof-list.ts. Returns where it stopped. */
  aofList(next: number, limit: number, max: number, out: number): number
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
  /** The key of the hashes that RUN_PAIRS logs, in two halves. */
  keyedHashKey(a: bigint, b: bigint): void
  /** The next place where an RDB record may begin, or `limit`; see rdb-seek.ts. May change what rdbRun() counts and logs. */
  rdbSeek(
    next: number,
    limit: number,
    flags: number,
    plain: number,
    known: number,
    area: number,
    room: number,
  ): number
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
  /** Put the ids of its live entries at `out`, 16 bytes each. Returns their end. */
  streamNodeIds(start: number, end: number, id: number, out: number): number
  /**
   * Write its live entries from number `done` on as XADD on the key in [key, keyEnd), as many as fit in [out, outEnd); REG_OUT is where
   * they end. Returns the number of the first that was not written.
   */
  streamNodeCommands(...[start, end, id, key, keyEnd, done, out, outEnd]: readonly number[]): number

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
  /** Copy [start, end) to `to`, over which it may lie. */
  moveSpan(start: number, end: number, to: number): void

  /** XXH3 with 64 bits of [start, end), signed. */
  xxh3(start: number, end: number): bigint
}

interface KernelExports extends Omit<Kernel, 'memory' | 'module' | 'textHooks'> {
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
  const textHooks: TextHooks = {full: noText, number: noText, score: noText}
  const env = {
    memory,
    textFull: (end: number) => textHooks.full(end),
    textNumber: (value: number, out: number) => textHooks.number(value, out),
    textScore: (start: number, end: number, out: number) => textHooks.score(start, end, out),
  }
  const exports = new WebAssembly.Instance(module, {env}).exports as unknown as KernelExports
  exports.crcInit()
  exports.lzfInit()
  return {memory, module, textHooks, ...exports}
}

function noText(): never {
  throw new Error('nobody takes the text that a kernel writes')
}
