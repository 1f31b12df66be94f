/** Which clients watch which keys: a change ends what they want to do. Source: touchWatchedKey() in multi.c. */
import {ByKey} from './by-key.ts'
import type {Session} from './session.ts'

export class Watches extends ByKey<Session> {
  watch(session: Session, id: string): void {
    session.watched.add(id)
    this.join(id, session)
  }

  leave(session: Session): void {
    for (const id of session.watched) this.part(id, session)
    session.watched.clear()
    session.isStale = false
  }

  /** The key has changed. */
  touch(id: string): void {
    for (const session of this.of(id)) session.isStale = true
  }
}
