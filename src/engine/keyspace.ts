/** The data of one server: databases, their keys, function libraries. Nothing here knows files, sockets or the time. */
import type {Kernel} from '../formats/kernel/kernel.ts'
import {
  ENGINE_BATCH,
  ENGINE_BATCH_BYTES,
  ENGINE_SCRATCH,
  ENGINE_SCRATCH_BYTES,
} from '../formats/kernel/layout.ts'
import {fillScorePowers} from '../formats/score-text.ts'
import {Arena} from './arena.ts'
import {Database} from './database.ts'

/** Objects that hold memory of the arena give it back when they are removed. */
export interface Releasable {
  release?(): void
}

export class Keyspace {
  readonly arena: Arena
  /** Values that are too large to stay packed, by the number in their entry. */
  readonly objects: unknown[] = []
  /** Code of function libraries by name. */
  readonly functions = new Map<string, Uint8Array>()
  private readonly databases = new Map<number, Database>()
  private readonly freeObjects: number[] = []
  private longKey = 0

  /** `limit`: up to where the kernel's memory may grow. */
  constructor(kernel: Kernel, limit?: number) {
    this.arena = new Arena(kernel, limit)
    fillScorePowers(this.arena.view)
  }

  /** Database `number`, made when it is not there yet. */
  database(number: number): Database {
    let database = this.databases.get(number)
    if (!database) {
      database = new Database(this)
      this.databases.set(number, database)
    }
    return database
  }

  /** Numbers of the databases that hold keys, ascending. */
  numbers(): number[] {
    const numbers = [...this.databases].filter(([, {size}]) => size > 0).map(([number]) => number)
    return numbers.sort((a, b) => a - b)
  }

  /** Exchange the contents of two databases. Whoever holds one of them holds the other's contents afterwards. */
  swap(a: number, b: number): void {
    if (a !== b) this.database(a).exchange(this.database(b))
  }

  /** Remove every key; functions stay. */
  flushAll(): void {
    for (const database of this.databases.values()) database.flush()
  }

  addObject(object: unknown): number {
    const id = this.freeObjects.pop() ?? this.objects.length
    this.objects[id] = object
    return id
  }

  removeObject(id: number): void {
    ;(this.objects[id] as Releasable | null)?.release?.()
    this.objects[id] = null
    this.freeObjects.push(id)
  }

  /** Copy bytes to where kernels can see them, until the next call. Returns their address. */
  stage(memory: Uint8Array, start: number, end: number): number {
    const {arena} = this
    if (memory === arena.memory) return start
    const length = end - start
    if (length > ENGINE_SCRATCH_BYTES) return this.stageLong(memory, start, end)
    if (length > 48) arena.memory.set(memory.subarray(start, end), ENGINE_SCRATCH)
    else {
      const to = arena.memory
      for (let i = 0; i < length; i++) to[ENGINE_SCRATCH + i] = memory[start + i]
    }
    return ENGINE_SCRATCH
  }

  /**
   * The same for records that are replayed together, until the next of these calls. Returns how much further up they lie then, 0 where
   * there are too many bytes.
   */
  stageBatch(memory: Uint8Array, start: number, end: number): number {
    // Words are copied together where they lie alike in both memories.
    const to = ENGINE_BATCH + (start & 7)
    if (to + end - start > ENGINE_BATCH + ENGINE_BATCH_BYTES) return 0
    this.arena.memory.set(memory.subarray(start, end), to)
    return to - start
  }

  private stageLong(memory: Uint8Array, start: number, end: number): number {
    const {arena} = this
    if (this.longKey !== 0) arena.release(this.longKey)
    this.longKey = arena.alloc(end - start)
    arena.memory.set(memory.subarray(start, end), this.longKey)
    return this.longKey
  }
}
