/** Channels: messages go from client to client. Source: pubsub.c. */

import {Glob} from '../../formats/glob.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {Answer, AnswerRows} from './answer.ts'
import type {Session} from './session.ts'

function told(session: Session, reply: ReplyWriter, word: string, name: string | null): void {
  reply.push(3)
  reply.text(word)
  if (name === null) reply.nothing()
  else reply.text(name)
  reply.integer(isShard(word) ? session.shardChannels.size : session.subscriptions)
}

const isShard = (word: string) => word === 'ssubscribe' || word === 'sunsubscribe'

/** Do something for the channels in the arguments, or for all that the client has. */
function each(
  session: Session,
  call: ReadCall,
  reply: ReplyWriter,
  own: ReadonlySet<string>,
  word: string,
  leave: (name: string) => void,
): void {
  const names = call.argc > 1 ? wordsOf(call) : [...own]
  if (names.length === 0) told(session, reply, word, null)
  for (const name of names) {
    leave(name)
    told(session, reply, word, name)
  }
}

const wordsOf = (call: ReadCall) => Array.from({length: call.argc - 1}, (_, i) => call.text(i + 1))

function pubsub(session: Session, call: ReadCall, reply: ReplyWriter): void {
  const {channels} = session.server
  if (call.is(1, 'NUMPAT')) return reply.integer(channels.byPattern.size)
  const shard = /^shard/i.test(call.text(1))
  const all = shard ? channels.byShard : channels.byName
  if (/numsub$/i.test(call.text(1))) {
    const names = wordsOf(call).slice(1)
    reply.array(names.length * 2)
    for (const name of names) {
      reply.text(name)
      reply.integer(all.get(name)?.size ?? 0)
    }
    return
  }
  const glob = call.argc > 2 ? new Glob(call.bytes(2)) : null
  const bytes = (name: string) => Uint8Array.from(name, (character) => character.charCodeAt(0))
  const names = [...all.keys()].filter(
    (name) => glob === null || glob.matches(bytes(name), 0, name.length),
  )
  reply.array(names.length)
  for (const name of names) reply.text(name)
}

/** The two kinds of channels: those of their own name, and those of a cluster's shard. */
const KINDS = {
  name: {of: (session: Session) => session.channels, prefix: ''},
  shard: {of: (session: Session) => session.shardChannels, prefix: 's'},
} as const

type Kind = keyof typeof KINDS

const allOf = ({server: {channels}}: Session, kind: Kind) =>
  kind === 'name' ? channels.byName : channels.byShard

const subscribe =
  (kind: Kind): Answer =>
  (session, call, reply) => {
    const {of, prefix} = KINDS[kind]
    for (const name of wordsOf(call)) {
      session.server.channels.subscribe(allOf(session, kind), session, of(session), name)
      told(session, reply, `${prefix}subscribe`, name)
    }
  }

const unsubscribe =
  (kind: Kind): Answer =>
  (session, call, reply) => {
    const {of, prefix} = KINDS[kind]
    each(session, call, reply, of(session), `${prefix}unsubscribe`, (name) =>
      session.server.channels.unsubscribe(allOf(session, kind), session, of(session), name),
    )
  }

/** Replicas have subscribers of their own; logs keep no messages. */
const publish =
  (shard: boolean): Answer =>
  ({server}, call, reply) => {
    reply.integer(server.channels.publish(call.text(1), call.text(2), shard))
    server.replication?.pass(call)
  }

export const PUBSUB_ANSWERS: AnswerRows = [
  ['SUBSCRIBE', subscribe('name')],
  ['SSUBSCRIBE', subscribe('shard')],
  [
    'PSUBSCRIBE',
    (session, call, reply) => {
      for (const name of wordsOf(call)) {
        session.server.channels.addPattern(session, name)
        told(session, reply, 'psubscribe', name)
      }
    },
  ],
  ['UNSUBSCRIBE', unsubscribe('name')],
  ['SUNSUBSCRIBE', unsubscribe('shard')],
  [
    'PUNSUBSCRIBE',
    (session, call, reply) => {
      const {channels} = session.server
      each(session, call, reply, session.patterns, 'punsubscribe', (name) =>
        channels.removePattern(session, name),
      )
    },
  ],
  ['PUBLISH', publish(false)],
  ['SPUBLISH', publish(true)],
  ['PUBSUB', pubsub],
]
