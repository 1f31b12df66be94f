/**
 * Clients that wait for a key to have something. A command says so with `call.waitFor`; whenever a command has touched one of
 * the keys, those who wait for it run their command again, in the order in which they began to wait, until one finds nothing.
 * Sources: blocked.c, timeout.c; handleClientsBlockedOnKeys().
 */
import type {Wanted} from '../call.ts'
import {ByKey} from './by-key.ts'
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

export class Waits extends ByKey<Waiting> {
  /** Keys that were touched since they were last looked at. */
  private readonly ready = new Set<string>()
  /** All that wait, those for the time alone too. */
  readonly all = new Set<Waiting>()

  add(waiting: Waiting): void {
    this.all.add(waiting)
    for (const id of waiting.ids) this.join(id, waiting)
  }

  remove(waiting: Waiting): void {
    waiting.cancel()
    this.all.delete(waiting)
    for (const id of waiting.ids) this.part(id, waiting)
  }

  /** The key may have something now. */
  touch(id: string): void {
    if (this.has(id)) this.ready.add(id)
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
      for (const waiting of [...this.of(id)]) {
        if (this.all.has(waiting)) serve(waiting)
        if (was && !exists(id)) break
      }
    }
  }
}
