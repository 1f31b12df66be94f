/** Who listens to which channel. Source: pubsub.c. */
import {Glob} from '../../formats/glob.ts'
import {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {Session} from './session.ts'

/** Names are text of one character per byte. */
export class Channels {
  readonly byName = new Map<string, Set<Session>>()
  readonly byPattern = new Map<string, {glob: Glob; sessions: Set<Session>}>()
  readonly byShard = new Map<string, Set<Session>>()

  subscribe(
    all: Map<string, Set<Session>>,
    session: Session,
    own: Set<string>,
    name: string,
  ): void {
    own.add(name)
    const sessions = all.get(name) ?? new Set()
    all.set(name, sessions.add(session))
  }

  unsubscribe(
    all: Map<string, Set<Session>>,
    session: Session,
    own: Set<string>,
    name: string,
  ): void {
    own.delete(name)
    const sessions = all.get(name)
    sessions?.delete(session)
    if (sessions?.size === 0) all.delete(name)
  }

  addPattern(session: Session, pattern: string): void {
    session.patterns.add(pattern)
    const bytes = Uint8Array.from(pattern, (character) => character.charCodeAt(0))
    const row = this.byPattern.get(pattern) ?? {glob: new Glob(bytes), sessions: new Set()}
    row.sessions.add(session)
    this.byPattern.set(pattern, row)
  }

  removePattern(session: Session, pattern: string): void {
    session.patterns.delete(pattern)
    const row = this.byPattern.get(pattern)
    row?.sessions.delete(session)
    if (row?.sessions.size === 0) this.byPattern.delete(pattern)
  }

  leave(session: Session): void {
    const {channels, shardChannels, patterns} = session
    for (const name of channels) this.unsubscribe(this.byName, session, channels, name)
    for (const name of shardChannels) this.unsubscribe(this.byShard, session, shardChannels, name)
    for (const pattern of patterns) this.removePattern(session, pattern)
  }

  /** Returns how many got it. */
  publish(channel: string, message: string, shard: boolean): number {
    const direct = (shard ? this.byShard : this.byName).get(channel) ?? []
    let receivers = 0
    for (const session of direct) {
      send(session, [shard ? 'smessage' : 'message', channel, message])
      receivers++
    }
    if (shard) return receivers
    const bytes = Uint8Array.from(channel, (character) => character.charCodeAt(0))
    for (const [pattern, {glob, sessions}] of this.byPattern) {
      if (!glob.matches(bytes, 0, bytes.length)) continue
      for (const session of sessions) {
        send(session, ['pmessage', pattern, channel, message])
        receivers++
      }
    }
    return receivers
  }
}

function send(session: Session, words: readonly string[]): void {
  const reply = new ReplyWriter()
  reply.resp3 = session.resp3
  reply.push(words.length)
  for (const word of words) reply.text(word)
  session.send(reply.take())
}
