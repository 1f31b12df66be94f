// Many small keys, too many for `npm test`: a server makes them, respite digests them as they go by and once more loaded into the
// engine, and both have to give the server's DEBUG DIGEST. Needs `npm run build`, redis-server, and for 50 million keys 6 GB of
// memory and 2 GB of disk; half an hour at most.
//
//   npm run load-test -- [--keys 50000000] [--dir DIR] [--server redis-server] [--port 23401]
import {spawnSync} from 'node:child_process'
import {linkSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {memoryMeter} from '../bench/measure.js'
import {encode} from './fixtures/resp.js'
import {startServer} from './fixtures/server.js'

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../bin/run.js')
const {values: options} = parseArgs({
  options: {
    keys: {type: 'string', default: '50000000'},
    dir: {type: 'string', default: tmpdir()},
    server: {type: 'string', default: 'redis-server'},
    port: {type: 'string', default: '23401'},
  },
})

async function makeSnapshot(dir) {
  const {server: program, port, keys} = options
  const args = ['--save', '', '--enable-debug-command', 'yes']
  const server = await startServer(program, {port, dir, args})
  try {
    await server.client.cmd('DEBUG', 'POPULATE', keys)
    const digest = await server.client.text('DEBUG', 'DIGEST')
    const used = /used_memory_rss:(\d+)/.exec(await server.client.text('INFO', 'memory'))
    await server.client.cmd('SAVE')
    return {digest, rss: Number(used[1])}
  } finally {
    await server.stop()
  }
}

/** The same data as a set with a log that changes nothing in the end: to digest it, it has to be loaded. */
function makeSet(dir, snapshot) {
  const set = join(dir, 'appendonlydir')
  mkdirSync(set)
  linkSync(snapshot, join(set, 'appendonly.aof.1.base.rdb'))
  const log = [
    ['SELECT', '0'],
    ['SET', 'load-test', '1'],
    ['DEL', 'load-test'],
  ]
  writeFileSync(
    join(set, 'appendonly.aof.1.incr.aof'),
    Buffer.concat(log.map((words) => Buffer.from(encode(words)))),
  )
  const files = [
    ['base.rdb', 'b'],
    ['incr.aof', 'i'],
  ]
  const lines = files.map(([end, type]) => `file appendonly.aof.1.${end} seq 1 type ${type}\n`)
  writeFileSync(join(set, 'appendonly.aof.manifest'), lines.join(''))
  return set
}

async function digestOf(what, path, expected, meter) {
  const command = [process.execPath, PROGRAM, 'digest', '--json', path]
  const {ms, peakBytes} = await meter.measure(command)
  const {stdout} = spawnSync(command[0], command.slice(1), {encoding: 'utf8', maxBuffer: 1e8})
  const {digest, keys} = JSON.parse(stdout)
  const rss = peakBytes === undefined ? '?' : (peakBytes / 1e6).toFixed(0)
  console.log(`${what}: ${keys} keys, ${(ms / 1e3).toFixed(1)} s, peak RSS ${rss} MB, ${digest}`)
  if (digest !== expected) throw new Error(`${what}: ${digest} is not the server's ${expected}`)
}

const dir = mkdtempSync(join(options.dir, 'respite-load-'))
try {
  const {digest, rss} = await makeSnapshot(dir)
  const snapshot = join(dir, 'dump.rdb')
  console.log(
    `server: RSS ${(rss / 1e6).toFixed(0)} MB, RDB ${(statSync(snapshot).size / 1e6).toFixed(0)} MB, ${digest}`,
  )
  const meter = memoryMeter()
  await digestOf('streamed', snapshot, digest, meter)
  await digestOf('loaded', makeSet(dir, snapshot), digest, meter)
} finally {
  rmSync(dir, {recursive: true})
}
