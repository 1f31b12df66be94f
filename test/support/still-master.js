// The thread of still-master.ts: listens on loopback, says where, and answers what a replica says before it gets the snapshot.
import {createServer} from 'node:net'
import {workerData} from 'node:worker_threads'

const {snapshot, port} = workerData
const REPLID = 'abcdef0123456789abcdef0123456789abcdef01'

/** Commands are short and come whole: their names are enough. */
function reply(socket, name) {
  if (name === 'PSYNC') {
    socket.write(`+FULLRESYNC ${REPLID} 1000\r\n$${snapshot.length}\r\n`)
    socket.write(snapshot)
  } else socket.write(name === 'PING' ? '+PONG\r\n' : '+OK\r\n')
}

const server = createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    for (const [, name] of chunk.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
      reply(socket, name.toUpperCase())
    }
  })
})
server.listen(0, '127.0.0.1', () => {
  Atomics.store(port, 0, server.address().port)
  Atomics.notify(port, 0)
})
