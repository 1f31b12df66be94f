/** What a stream takes: its nodes, the tree that finds them, groups with their pending lists. */
import {type Allocator, allocated} from './allocator.ts'
import {RadixNodes} from './radix-nodes.ts'
import type {ServerLayout} from './server-layout.ts'

/** How servers guess at their radix trees: an id for each key, header and 30 pointers for each node. */
const ID = 16
const NODE_GUESS = 4 + 30 * 8
/** What a tree is made of where servers know it. */
const RAX = 32
const NACK = 24
const NACK_ALLOCATED = 32

export class StreamSizes {
  private readonly layout: ServerLayout
  private readonly allocator: Allocator
  private readonly tree = new RadixNodes()
  private readonly groupTree = new RadixNodes()
  private readonly consumerTree = new RadixNodes()
  private atNode = false
  private inGroup = false
  private inConsumer = false
  private bytes = 0

  constructor(layout: ServerLayout, allocator: Allocator) {
    this.layout = layout
    this.allocator = allocator
  }

  clear(): void {
    this.tree.clear()
    this.bytes = this.layout.stream
    this.inGroup = false
    this.inConsumer = false
  }

  node(bytes: number): void {
    const {layout, allocator} = this
    this.bytes += layout.exact === 'all' ? bytes : allocated(bytes, allocator)
    this.atNode = true
  }

  /** Of a node only its first entry says where in the tree it is. */
  entry(memory: Uint8Array, idStart: number): void {
    if (this.atNode) this.tree.add(memory, idStart)
    this.atNode = false
  }

  group(): void {
    this.endGroup()
    this.bytes += this.layout.streamGroup
    this.inGroup = true
    this.groupTree.clear()
  }

  pending(memory: Uint8Array, idStart: number): void {
    this.bytes += this.layout.buckets ? NACK_ALLOCATED : NACK
    this.groupTree.add(memory, idStart)
  }

  consumer(nameLength: number): void {
    this.endConsumer()
    this.bytes += this.layout.streamConsumer + nameLength
    this.inConsumer = true
    this.consumerTree.clear()
  }

  owned(memory: Uint8Array, idStart: number): void {
    this.consumerTree.add(memory, idStart)
  }

  finish(): number {
    this.endGroup()
    return this.bytes + this.treeBytes(this.tree)
  }

  private endConsumer(): void {
    if (this.inConsumer) this.bytes += this.treeBytes(this.consumerTree)
    this.inConsumer = false
  }

  private endGroup(): void {
    this.endConsumer()
    if (this.inGroup) this.bytes += this.treeBytes(this.groupTree)
    this.inGroup = false
  }

  private treeBytes({keys, nodes, bytes}: RadixNodes): number {
    return this.layout.buckets ? RAX + bytes : keys * ID + nodes * NODE_GUESS
  }
}
