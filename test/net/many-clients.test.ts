/** R20: ten thousand clients of one server at a time, each answered. */
import {execFileSync} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {connect, type Socket} from 'node:net'
import {expect, test} from '@jest/globals'
import {figure} from '../support/campaign.ts'
import {fixture} from '../support/fixtures.ts'
import {startServe} from '../support/serve.ts'

const CLIENTS = 10_000
/** So many come at a time: as many as wait in the queue of a socket that listens. */
const BATCH = 250
/** What else a process has open. */
const OTHERS = 200
/** What servers and clients may take for a connection that does nothing, in bytes. */
const BYTES_EACH = 24_000

const allowed = Number(
  execFileSync('sh', ['-c', 'ulimit -Hn']).toString().replace('unlimited', '1e9'),
)
const run = allowed < CLIENTS + OTHERS ? test.skip : test

const rssOf = (pid: number): number =>
  Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

run(
  'ten thousand clients',
  async () => {
    const served = await startServe(fixture('redis-7.0.15/small').path)
    const sockets: Socket[] = []
    try {
      const before = rssOf(served.pid)
      while (sockets.length < CLIENTS - 1) {
        const count = Math.min(BATCH, CLIENTS - 1 - sockets.length)
        sockets.push(...(await Promise.all(Array.from({length: count}, () => opened(served.port)))))
      }
      const answers = sockets.map((socket) => once(socket, 'data'))
      for (const socket of sockets) socket.write('PING\r\n')
      const texts = new Set((await Promise.all(answers)).map(([data]) => String(data)))
      expect([...texts]).toEqual(['+PONG\r\n'])
      expect(await served.client.text('INFO', 'clients')).toContain(`connected_clients:${CLIENTS}`)
      // One more is one too many.
      const refused = await opened(served.port)
      expect(String((await once(refused, 'data'))[0])).toBe(
        '-ERR max number of clients reached\r\n',
      )
      const each = Math.round((rssOf(served.pid) - before) / CLIENTS)
      figure('R20', `${CLIENTS} clients, ${each} bytes each`)
      expect(each).toBeLessThan(BYTES_EACH)
    } finally {
      for (const socket of sockets) socket.destroy()
      await served.stop()
    }
  },
  120_000,
)
