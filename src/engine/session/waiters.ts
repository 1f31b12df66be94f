/** Lets clients wait, and serves them: see waits.ts. Source: blocked.c, timeout.c. */
import {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {Wanted} from '../call.ts'
import {keyId} from './key-id.ts'
import type {Row} from './rows.ts'
import type {ServedDataset} from './served.ts'
import type {Session} from './session.ts'
import {type Waiting, Waits} from './waits.ts'

const UNBLOCKED = 'UNBLOCKED client unblocked via CLIENT UNBLOCK'

export class Waiters {
  readonly waits = new Waits()
  /** Calls back after so many ms, unless what it returns is called; whoever has a clock sees to it. */
  after: (ms: number, run: () => void) => () => void = () => () => {}
  private readonly server: ServedDataset
  private readonly aside = new ReplyWriter()

  constructor(server: ServedDataset) {
    this.server = server
  }

  /** The client waits for what the command in the call wants. */
  wait(session: Session, row: Row, wanted: Wanted): void {
    const {call} = this.server
    const {memory, starts, ends, argc} = call
    const {firstKey, lastKey, timeoutMs, again = null} = wanted
    const ids = new Set<string>()
    for (let i = firstKey; i > 0 && i <= lastKey; i++) {
      ids.add(keyId(session.db, memory, starts[i], ends[i]))
    }
    const words = again ?? Array.from({length: argc}, (_, i) => call.bytes(i))
    const waiting: Waiting = {session, row, words, ids, wanted, cancel: () => {}}
    if (timeoutMs > 0) waiting.cancel = this.after(timeoutMs, () => this.isOver(waiting))
    session.waiting = waiting
    this.waits.add(waiting)
  }

  /** Serve those who wait for what was touched. What they do may serve others. */
  serveReady(): void {
    const {server, waits} = this
    const {touched} = server
    waits.serveReady(
      (waiting) => this.serve(waiting),
      (id) => touched.exists(id),
    )
  }

  /** Its time is over, or CLIENT UNBLOCK says so. */
  isOver(waiting: Waiting): void {
    this.reply(waiting, (reply) => {
      if (waiting.wanted.over) waiting.wanted.over(reply)
      else reply.noArray()
    })
  }

  /** Replicas are further than before. */
  acknowledged(): void {
    for (const waiting of [...this.waits.all]) if (waiting.wanted.met?.()) this.isOver(waiting)
  }

  unblock(waiting: Waiting): void {
    this.reply(waiting, (reply) => reply.error(UNBLOCKED))
  }

  leave({waiting}: Session): void {
    if (waiting !== null) this.waits.remove(waiting)
  }

  private serve(waiting: Waiting): void {
    const {server, aside} = this
    const {call} = server
    const {session, row, words} = waiting
    aside.resp3 = session.resp3
    call.reply = aside
    call.wanted = null
    server.runAgain(session, row, words)
    call.reply = server.reply
    // The log has it before the client has.
    server.propagation.flush()
    if (call.wanted === null) this.end(waiting)
    else aside.length = 0
  }

  private reply(waiting: Waiting, write: (reply: ReplyWriter) => void): void {
    const {aside} = this
    aside.resp3 = waiting.session.resp3
    write(aside)
    this.end(waiting)
  }

  /** It goes on behind what was written aside. */
  private end(waiting: Waiting): void {
    const {session} = waiting
    this.waits.remove(waiting)
    session.waiting = null
    const reply = this.aside.take()
    if (this.server.commit()) session.send(reply)
    session.goOn()
  }
}
