/** A dataset that is served and written, without sockets. */
import {Keyspace} from '../../src/engine/keyspace.ts'
import {layoutOf} from '../../src/engine/memory/server-layout.ts'
import {ServedDataset} from '../../src/engine/session/served.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {targetOf} from '../../src/formats/rdb/targets.ts'
import {Request, RequestParser} from '../../src/formats/resp/request-parser.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {resp} from './bytes.ts'
import type {Words} from './read-commands.ts'

export interface ServedInProcess {
  readonly server: ServedDataset
  /** Run a command of its one client. */
  run(words: Words): void
}

/** Empty at first, and as redis-server 7.0.15. */
export function serveInProcess(): ServedInProcess {
  const producer = 'redis 7.0.15'
  const server = new ServedDataset(
    new Keyspace(createKernel(loadKernelModule())),
    {scores: 'printf', layout: layoutOf(producer), target: targetOf(10, null)},
    {
      password: null,
      databases: 16,
      maxClients: 1,
      writable: true,
      debug: false,
      eviction: {maxmemory: 0, policy: 'noeviction', samples: 5},
      producer,
      port: 0,
      socket: null,
      input: '',
      version: '0.0.0',
    },
    Date.now,
  )
  const session = server.connect('', '')
  const parser = new RequestParser()
  return {
    server,
    run(words) {
      parser.feed(resp(...words))
      if (parser.next() !== Request.COMMAND) throw new Error('not one command')
      session.answer(parser)
      // There is nobody else who could end it.
      if (session.waiting !== null) server.waiters.isOver(session.waiting)
      server.reply.take()
    },
  }
}
