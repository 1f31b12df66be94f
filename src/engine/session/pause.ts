/** CLIENT PAUSE: commands wait until it is over, in the order they came. Source: pauseClients() in networking.c. */
import {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {Command} from '../commands/row.ts'
import type {Row} from './rows.ts'
import type {ServedDataset} from './served.ts'
import type {Session} from './session.ts'

interface Held {
  session: Session
  row: Row
  words: Uint8Array[]
}

/** They change something, or tell others. */
const AS_WRITES = new Set(['PUBLISH', 'SPUBLISH', 'PFCOUNT', 'FUNCTION', 'EXEC'])

const isWrite = ({flags, name}: Command) => flags.has('write') || AS_WRITES.has(name)

export class Pause {
  private readonly server: ServedDataset
  private readonly aside = new ReplyWriter()
  private held: Held[] = []
  private isOn = false
  private writesOnly = false
  private cancel: () => void = () => {}

  constructor(server: ServedDataset) {
    this.server = server
  }

  /** Nothing goes by itself meanwhile. */
  get stopsChanges(): boolean {
    return this.isOn
  }

  begin(ms: number, writesOnly: boolean): void {
    this.cancel()
    // The stricter of two holds.
    this.writesOnly = writesOnly && (!this.isOn || this.writesOnly)
    this.isOn = true
    this.cancel = this.server.waiters.after(ms, () => this.end())
  }

  /** Hold the command in the call back. Returns whether it is. */
  holds(session: Session, row: Row): boolean {
    if (!this.isOn || (this.writesOnly && !isWrite(row.command))) return false
    const {call} = this.server
    const words = Array.from({length: call.argc}, (_, i) => call.bytes(i))
    session.isHeld = true
    this.held.push({session, row, words})
    return true
  }

  end(): void {
    this.cancel()
    this.isOn = false
    const {held, server, aside} = this
    this.held = []
    for (const {session, row, words} of held) {
      session.isHeld = false
      if (!server.sessions.has(session.id)) continue
      aside.resp3 = session.resp3
      server.runAside(session, row, words, aside)
      const reply = aside.take()
      if (server.commit() && reply.length > 0) session.send(reply)
      session.goOn()
    }
  }
}
