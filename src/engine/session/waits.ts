/**
 * Clients that wait for a key to have something. A command says so with `call.waitFor`; whenever a command has touched one of
 * the keys, those who wait for it run their command again, in the order in which they began to wait, until one finds nothing.
 * Sources: blocked.c, timeout.c; handleClientsBlockedOnKeys().
 */
import type {Wanted} from '../call.ts'
import type {Row} from './rows.ts'
import type {Session} from './session.ts'

/** A client that waits. */
export interface Waiting {
  readonly session: Session
  /** The command that is run again. */
  readonly row: Row
  readonly words: Uint8Array[]
  /** Keys that it waits for. */
  readonly ids: ReadonlySet<string>
  readonly wanted: Wanted
  /** Stops the clock, where there is one. */
  cancel: () => void
}

export class Waits {
  private readonly byKey = new Map<string, Set<Waiting>>()
  /** Keys that were touched since they were last looked at. */
  private readonly ready = new Set<string>()
  /** All that wait, those for the time alone too. */
  readonly all = new Set<Waiting>()

  get ids(): Iterable<string> {
    return this.byKey.keys()
  }

  get size(): number {
    return this.byKey.size
  }

  has(id: string): boolean {
    return this.byKey.has(id)
  }

  add(waiting: Waiting): void {
    this.all.add(waiting)
    for (const id of waiting.ids) {
      const others = this.byKey.get(id) ?? new Set()
      this.byKey.set(id, others.add(waiting))
    }
  }

  remove(waiting: Waiting): void {
    waiting.cancel()
    this.all.delete(waiting)
    for (const id of waiting.ids) {
      const others = this.byKey.get(id)
      others?.delete(waiting)
      if (others?.size === 0) this.byKey.delete(id)
    }
  }

  /** The key may have something now. */
  touch(id: string): void {
    if (this.byKey.has(id)) this.ready.add(id)
  }

  /**
   * Let `serve` try for everybody who waits for what was touched, until nothing more is. Who comes first may leave nothing: then
   * the others need not be tried.
   */
  serveReady(serve: (waiting: Waiting) => void, exists: (id: string) => boolean): void {
    // A set is walked in the order of adding, and what is added meanwhile comes, too.
    for (const id of this.ready) {
      this.ready.delete(id)
      const was = exists(id)
      for (const waiting of [...(this.byKey.get(id) ?? [])]) {
        if (this.all.has(waiting)) serve(waiting)
        if (was && !exists(id)) break
      }
    }
  }
}
