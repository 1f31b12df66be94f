#!/usr/bin/env node
// How far `respite pull --archive` is behind a master that redis-benchmark writes to. Needs `npm run build` and redis-server.
//
//   node bench/archive-lag.js [--writes 600000] [--port 23979]
//
// Prints, in bytes and in seconds of the stream, how much the archive had not acknowledged; it acknowledges once a second.
import {execFileSync, spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {loadavg, tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const SAMPLE_MS = 100
const CAUGHT_UP_MS = 30000

const {values} = parseArgs({
  options: {writes: {type: 'string', default: '600000'}, port: {type: 'string', default: '23979'}},
})
const {writes, port} = values
const folder = mkdtempSync(join(tmpdir(), 'respite-lag-'))
const ask = (...args) => execFileSync('redis-cli', ['-p', port, ...args], {encoding: 'utf8'})
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const ended = (child) => new Promise((resolve) => child.once('exit', resolve))

/** Where the master is, and what the archive has acknowledged; null before it is there. */
function look() {
  const info = ask('INFO', 'replication')
  const master = Number(/master_repl_offset:(\d+)/.exec(info)?.[1])
  const acknowledged = /state=online,offset=(\d+)/.exec(info)?.[1]
  return {atMs: performance.now(), master, acknowledged: acknowledged && Number(acknowledged)}
}

async function until(holds, mostMs) {
  for (const end = performance.now() + mostMs; !holds(look()); await wait(SAMPLE_MS)) {
    if (performance.now() > end) throw new Error('not in time')
  }
}

const settings = ['--save', '', '--bind', '127.0.0.1', '--repl-diskless-sync-delay', '0']
const server = spawn('redis-server', ['--port', port, '--dir', folder, ...settings])
await wait(1000)
const url = `redis://127.0.0.1:${port}`
const archive = spawn(process.execPath, [RUN, 'pull', url, '--archive', join(folder, 'archive')])
try {
  await until(({acknowledged}) => acknowledged !== undefined, CAUGHT_UP_MS)
  const load = ['-t', 'set', '-P', '32', '-n', writes, '-r', '100000', '-d', '64', '-q']
  const startMs = performance.now()
  const benchmark = spawn('redis-benchmark', ['-p', port, ...load], {stdio: 'ignore'})
  let running = true
  ended(benchmark).then(() => (running = false))
  const samples = []
  while (running) {
    samples.push(look())
    await wait(SAMPLE_MS)
  }
  const seconds = (performance.now() - startMs) / 1000
  await until(({master, acknowledged}) => acknowledged >= master, CAUGHT_UP_MS)
  const caughtUp = (performance.now() - startMs) / 1000 - seconds
  const lags = samples.map(({master, acknowledged}) => master - acknowledged).sort((a, b) => a - b)
  // What was acknowledged then: how long before had the master been there?
  const behind = samples.map(({atMs, acknowledged}) => {
    const passed = samples.find(({master}) => master >= acknowledged)
    return (atMs - passed.atMs) / 1000
  })
  console.log(
    [
      `${Math.round(Number(writes) / seconds)} writes/s for ${seconds.toFixed(1)} s`,
      `unacknowledged: median ${lags[lags.length >> 1]} bytes, most ${lags.at(-1)} bytes, ${Math.max(...behind).toFixed(1)} s`,
      `caught up ${caughtUp.toFixed(1)} s after the last write`,
      `load ${loadavg()[0].toFixed(1)}, node ${process.version}`,
    ].join('; '),
  )
} finally {
  archive.kill('SIGTERM')
  await ended(archive)
  server.kill('SIGKILL')
  await ended(server)
  rmSync(folder, {recursive: true})
}
