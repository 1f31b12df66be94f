/** A writable dataset as a client sees it, without a socket: words in, a reply out, and what logs were told. */

import {Keyspace} from '../../src/engine/keyspace.ts'
import type {ReadRules} from '../../src/engine/read/read-call.ts'
import {ServedDataset} from '../../src/engine/session/served.ts'
import type {Session} from '../../src/engine/session/session.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {Request, RequestParser} from '../../src/formats/resp/request-parser.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {resp} from './bytes.ts'
import {Parser, type Reply} from './resp-client.ts'
import {RespReader} from './resp-records.ts'

const OPTIONS = {
  password: null,
  databases: 16,
  maxClients: 10,
  writable: true,
  debug: true,
  eviction: {maxmemory: 0, policy: 'noeviction' as const, samples: 5},
  producer: 'redis 7.0.15',
  port: 0,
  socket: null,
  input: '',
  version: '',
}

export class ServedEngine {
  readonly keyspace: Keyspace
  /** What logs were told, each command behind the number of its database; null for MULTI and EXEC, which need none. */
  readonly told: [db: number | null, words: string[]][] = []
  readonly served: ServedDataset
  private readonly session: Session
  private readonly parser = new RequestParser()

  constructor(
    rules: ReadRules,
    {
      clock = Date.now,
      keyspace = new Keyspace(createKernel(loadKernelModule())),
    }: {clock?: () => number; keyspace?: Keyspace} = {},
  ) {
    this.keyspace = keyspace
    this.served = new ServedDataset(keyspace, rules, OPTIONS, clock)
    this.session = this.served.connect('', '')
    this.served.propagation.listeners.push((db, bytes) => {
      for (const words of new RespReader(Buffer.from(bytes)).records()) {
        this.told.push([db < 0 ? null : db, words])
      }
    })
  }

  /** The reply to a command, as it is sent. A client does not wait: the time is over at once. */
  run(words: readonly (string | Buffer)[]): string {
    const {served, session, parser} = this
    parser.feed(resp(...words))
    if (parser.next() !== Request.COMMAND) throw new Error('not one command')
    let sent = ''
    session.send = (bytes) => {
      sent += Buffer.from(bytes).toString('latin1')
    }
    session.answer(parser)
    if (session.waiting !== null) served.waiters.isOver(session.waiting)
    return sent + Buffer.from(served.reply.take()).toString('latin1')
  }

  /** The same, as a client reads it. */
  reply(words: readonly (string | Buffer)[]): Reply {
    const parser = new Parser()
    parser.feed(Buffer.from(this.run(words), 'latin1'))
    return parser.next() as Reply
  }
}
