/** Which clients watch which keys: a change ends what they want to do. Source: touchWatchedKey() in multi.c. */
import type {Session} from './session.ts'

export class Watches {
  private readonly byKey = new Map<string, Set<Session>>()

  get ids(): Iterable<string> {
    return this.byKey.keys()
  }

  get size(): number {
    return this.byKey.size
  }

  has(id: string): boolean {
    return this.byKey.has(id)
  }

  watch(session: Session, id: string): void {
    session.watched.add(id)
    const sessions = this.byKey.get(id) ?? new Set()
    this.byKey.set(id, sessions.add(session))
  }

  leave(session: Session): void {
    for (const id of session.watched) {
      const sessions = this.byKey.get(id)
      sessions?.delete(session)
      if (sessions?.size === 0) this.byKey.delete(id)
    }
    session.watched.clear()
    session.isStale = false
  }

  /** The key has changed. */
  touch(id: string): void {
    for (const session of this.byKey.get(id) ?? []) session.isStale = true
  }
}
