/**
 * Estimates what the server that wrote a value needs for it, as its MEMORY USAGE with SAMPLES 0 would say once it has loaded the
 * file, with default thresholds of encodings. Source: objectComputeSize() and memoryCommand() in object.c.
 */
import {IgnoringVisitor} from '../../formats/rdb/ignoring.ts'
import {type LogicalType, RdbType} from '../../formats/rdb/types.ts'
import type {BlobEncoding} from '../../formats/rdb/visitor.ts'
import {type Allocator, allocated} from './allocator.ts'
import {ElementSizes, integerOf, sdsBytes} from './element-sizes.ts'
import {type Encoding, encodingOf, packedMost} from './encoding.ts'
import type {ServerLayout} from './server-layout.ts'
import {StreamSizes} from './stream-sizes.ts'
import {stringBytes} from './string-bytes.ts'
import {tableBytes} from './table-bytes.ts'

const OBJECT = 16
const DICT_ENTRY = 24
/** A dict entry that holds its key: value, next, one byte. */
const ENTRY_WITH_KEY = 17
const EXPIRY = 8
const QUICKLIST = 40
const QUICKLIST_NODE_BYTES = 8192
const ZSET = 16
const SKIPLIST = 32
/** What a small hash with field expiries has around its listpack. */
const LISTPACK_EX = 32
/** Longest text of an integer that is held as one. */
const INTEGER_LONGEST = 20

export class MemoryMeter extends IgnoringVisitor {
  logical: LogicalType = 'string'
  encoding: Encoding = 'raw'
  /** Members, fields, entries or cells; of a string 1. */
  elements = 0
  /** Bytes of a string. */
  length = 0
  protected type = 0
  private hasExpiries = false
  protected integer = false
  protected blobs = 0
  protected blobBytes = 0
  /** Node of a list that is being filled, where the file does not say what they are. */
  private filling = 0
  protected longestNode = 0
  /** Entries of the node of a stream that is about to come. */
  private live = 0
  /** What the value takes in a hash table or skip list; 0 where it is in none. */
  protected table = 0
  readonly layout: ServerLayout
  readonly allocator: Allocator
  protected readonly sizes: ElementSizes
  private readonly stream: StreamSizes

  constructor(layout: ServerLayout, allocator: Allocator) {
    super()
    this.layout = layout
    this.allocator = allocator
    this.sizes = new ElementSizes(layout, allocator)
    this.stream = new StreamSizes(layout, allocator)
  }

  override begin(logical: LogicalType, type: number): void {
    this.logical = logical
    this.type = type
    this.elements = 0
    this.length = 0
    this.hasExpiries = false
    this.integer = false
    this.blobs = 0
    this.blobBytes = 0
    this.filling = 0
    this.longestNode = 0
    this.table = 0
    this.sizes.clear()
    if (logical === 'stream') this.stream.clear()
  }

  suffices(encoding: BlobEncoding, bytes: number, elements: number): boolean {
    const {logical, layout} = this
    if (encoding === 'plain') return this.sufficesString(bytes)
    if (logical === 'stream') {
      this.stream.node(bytes)
      this.live = elements
      return false
    }
    if (logical !== 'list') {
      if (elements > packedMost(logical, layout, encoding === 'intset')) return false
      // A zipmap becomes something else.
      if (encoding === 'zipmap') return false
    }
    this.elements += elements
    this.blob(bytes)
    return true
  }

  override piece(memory: Uint8Array, start: number, end: number): void {
    if (this.logical !== 'string') return
    // Integers of the file come unasked.
    if (this.elements === 0) this.sufficesString(end - start)
    this.integer = this.length === end - start && integerOf(memory, start, end) !== null
  }

  override member(memory: Uint8Array, start: number, end: number): void {
    if (this.logical === 'list') this.listElement(memory, start, end)
    else this.sizes.member(memory, start, end)
  }

  override score(score: number): void {
    this.sizes.score(score)
  }

  override field(memory: Uint8Array, start: number, end: number): void {
    if (this.logical === 'hash') this.sizes.fieldOf(memory, start, end)
  }

  override value(memory: Uint8Array, start: number, end: number): void {
    if (this.logical === 'hash') this.sizes.value(memory, start, end)
    else if (this.logical === 'array') this.sizes.add(memory, start, end)
  }

  override fieldExpiry(): void {
    this.hasExpiries = true
    this.sizes.expiry()
  }

  override cell(): void {
    this.elements++
  }

  override entry(memory: Uint8Array, idStart: number): void {
    this.elements++
    this.stream.entry(memory, idStart)
  }

  /** Of a node its id and the number of its entries are enough. */
  streamNode(memory: Uint8Array, idStart: number, _start: number, _end: number): boolean {
    this.elements += this.live
    this.stream.entry(memory, idStart)
    return true
  }

  override group(): void {
    this.stream.group()
  }

  override pending(memory: Uint8Array, idStart: number): void {
    this.stream.pending(memory, idStart)
  }

  override consumer(_memory: Uint8Array, start: number, end: number): void {
    this.stream.consumer(end - start)
  }

  override owned(memory: Uint8Array, idStart: number): void {
    this.stream.owned(memory, idStart)
  }

  /** Bytes of the longest element, as far as they were looked at: packed encodings suffice by their size. */
  get longest(): number {
    return this.logical === 'string' ? this.length : Math.max(this.sizes.longest, this.longestNode)
  }

  get integers(): boolean {
    return this.logical === 'set' && this.sizes.integers
  }

  /** How many bytes less the value would take packed; 0 where it is packed, or never is. */
  get saves(): number {
    const {sizes, logical, layout, hasExpiries} = this
    if (this.table === 0 || hasExpiries) return 0
    if (logical === 'set' && !sizes.integers && layout.setListpackEntries === 0) return 0
    return Math.max(0, Math.round(this.table - this.packedBytes(sizes.packed(logical))))
  }

  /** What the value that was just given takes with its key, in bytes; null where nothing is known. Sets `encoding`. */
  usage(keyLength: number, hasExpiry: boolean): number | null {
    const {layout} = this
    if (this.logical === 'module') {
      this.encoding = 'module'
      return null
    }
    if (this.logical === 'string') {
      const {length, integer} = this
      const string = stringBytes(length, integer, keyLength, hasExpiry, layout, this.allocator)
      this.encoding = string.encoding
      return string.together ? string.bytes : string.bytes + this.keyBytes(keyLength, hasExpiry)
    }
    return Math.round(this.keyBytes(keyLength, hasExpiry) + OBJECT + this.valueBytes())
  }

  /** The key, and what leads to it. Where it lies in the object, how much larger that is. */
  private keyBytes(length: number, hasExpiry: boolean): number {
    const {layout, allocator} = this
    const sds = sdsBytes(length) + (layout.wideKeys && length > 0 && length < 32 ? 2 : 0)
    switch (layout.key) {
      case 'own':
        return DICT_ENTRY + (layout.exact === 'all' ? sds : allocated(sds, allocator))
      case 'in entry':
        return allocated(ENTRY_WITH_KEY + sds, allocator)
      case 'in object':
        return allocated(OBJECT + (hasExpiry ? EXPIRY : 0) + 1 + sds, allocator) - OBJECT
      case 'not counted':
        return 0
    }
  }

  private valueBytes(): number {
    const {logical} = this
    if (logical === 'list') return this.listBytes()
    if (logical === 'stream') {
      this.encoding = 'stream'
      return this.stream.finish()
    }
    return this.collectionBytes()
  }

  private collectionBytes(): number {
    const {logical, sizes, layout, hasExpiries} = this
    if (this.blobs > 0) {
      this.encoding = packedName(this.type, layout)
      return this.blobBytes + (this.encoding === 'listpackex' ? LISTPACK_EX : 0)
    }
    this.elements = logical === 'array' ? this.elements : sizes.count
    const {count, longest, integers} = sizes
    this.encoding = encodingOf(logical, this.type, {count, longest, integers, hasExpiries}, layout)
    switch (this.encoding) {
      case 'intset':
        return this.packedBytes(8 + sizes.width * count)
      case 'hashtable': {
        const pairs = logical === 'hash' && layout.buckets
        const strings = pairs ? sizes.pairs : sizes.strings
        this.table = tableBytes(count, logical === 'hash', layout) + strings
        return this.table
      }
      case 'skiplist':
        this.table = this.skiplistBytes()
        return this.table
      case 'array':
        return sizes.strings
      case 'listpackex':
        return this.packedBytes(sizes.listpack + sizes.count) + LISTPACK_EX
      default:
        return this.packedBytes(sizes.listpack + sizes.scores)
    }
  }

  private skiplistBytes(): number {
    const {sizes, layout} = this
    const header = 24 + layout.skiplistLevels * 16
    const frame =
      ZSET + SKIPLIST + (layout.exact === 'all' ? header : allocated(header, this.allocator))
    const embedded = layout.key === 'in object'
    const nodes = embedded ? sizes.nodes : sizes.strings + sizes.count * sizes.node(0)
    return frame + tableBytes(sizes.count, true, layout) + nodes
  }

  private listElement(memory: Uint8Array, start: number, end: number): void {
    this.elements++
    if (end - start > QUICKLIST_NODE_BYTES) {
      this.longestNode = Math.max(this.longestNode, end - start)
      return this.blob(end - start)
    }
    const entry = this.sizes.add(memory, start, end)
    if (this.filling + entry > QUICKLIST_NODE_BYTES) this.closeNode()
    this.filling += entry
  }

  private closeNode(): void {
    if (this.filling > 0) this.blob(this.filling + 7)
    this.filling = 0
  }

  private listBytes(): number {
    this.closeNode()
    const {layout, blobs, blobBytes} = this
    this.encoding = layout.listpackLists && blobs <= 1 ? 'listpack' : 'quicklist'
    return this.encoding === 'listpack'
      ? blobBytes
      : QUICKLIST + blobs * layout.quicklistNode + blobBytes
  }

  private blob(bytes: number): void {
    this.blobs++
    this.blobBytes += this.packedBytes(bytes)
  }

  private packedBytes(bytes: number): number {
    return this.layout.exact === 'none' ? allocated(bytes, this.allocator) : bytes
  }

  private sufficesString(bytes: number): boolean {
    if (this.logical !== 'string') return true
    this.elements = 1
    this.length = bytes
    return bytes > INTEGER_LONGEST
  }
}

function packedName(type: number, layout: ServerLayout): Encoding {
  if (type === RdbType.SET_INTSET) return 'intset'
  if (type === RdbType.HASH_LISTPACK_EX) return 'listpackex'
  return layout.exact === 'none' ? 'listpack' : 'ziplist'
}
