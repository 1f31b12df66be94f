#!/usr/bin/env node
// Speed, memory and start-up against redis-check-rdb, redis-check-aof and redis-server, as in docs/benchmarks.md. Needs `npm run build`.
//
//   npm run bench -- [--only NAME, see jobs.js, or startup] [--runs 5] [--write]
//                    [--corpus DIR]                          files that are there; without it .bench/, made when missing
//                    [--mb N] [--keys N] [--server PROGRAM] [--port N]                       how .bench/ is made
//   npm run bench -- --kernels                               the kernels alone: bench/kernels.js
import {spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {loadavg, tmpdir} from 'node:os'
import {delimiter, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {CORPUS_OPTIONS, corpusRecord, DEFAULT_DIR, makeCorpus} from './corpus.js'
import {damagedCopy} from './damage.js'
import {corpusFiles, JOBS, LOST_SOMETHING, NOTHING, PROGRAM, STARTS} from './jobs.js'
import {median, memoryMeter, timed, warm} from './measure.js'
import {circumstances, jobsTable, runLine, startsTable, writeBetweenMarkers} from './report.js'
import {measureServer} from './server-load.js'

const START_ROUNDS = 15
const NAMES = [...JOBS.map(({name}) => name), 'startup']
const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))

function readOptions() {
  const {values} = parseArgs({
    options: {
      ...CORPUS_OPTIONS,
      corpus: {type: 'string'},
      only: {type: 'string'},
      runs: {type: 'string', default: '5'},
      write: {type: 'boolean', default: false},
      kernels: {type: 'boolean', default: false},
    },
  })
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a number from 1 on')
  if (values.only !== undefined && !NAMES.includes(values.only)) {
    throw new Error(`--only takes ${NAMES.join(', ')}`)
  }
  if (values.write && values.only !== undefined) {
    throw new Error('--write replaces the whole table: not with --only')
  }
  return {...values, runs}
}

/** A peer's version. redis-check-aof 7.0 does not tell, but is the same program as redis-check-rdb under another name. */
function peerVersion(name) {
  const found = process.env.PATH.split(delimiter)
    .map((dir) => resolve(dir, name))
    .find((file) => existsSync(file))
  if (found === undefined) throw new Error(`${name} is not in the PATH`)
  const told = versionLine(name)
  if (told !== undefined) return told
  const twin = found.replace(/aof$/, 'rdb')
  const same = existsSync(twin) && readFileSync(twin).equals(readFileSync(found))
  return (same && versionLine(twin)?.replace('redis-check-rdb', name)) || `${name}, version unknown`
}

function versionLine(program) {
  const {status, stdout} = spawnSync(program, ['--version'], {encoding: 'utf8'})
  return status === 0 ? stdout.trim().split('\n')[0] : undefined
}

/** One untimed run: the file has to be sound, or the two programs would do different work. */
function countKeys(path) {
  const [node, script] = PROGRAM
  const {stdout, stderr} = spawnSync(node, [script, 'check', '--json', path], {encoding: 'utf8'})
  if (stdout === '') throw new Error(`check ${path} failed\n${stderr}`)
  const {verdict, keys} = JSON.parse(stdout)
  if (verdict !== 'sound') throw new Error(`${path} is ${verdict}: make it again`)
  return keys
}

async function runJob(job, options, meter) {
  const dir = options.corpus ?? DEFAULT_DIR
  if (options.corpus === undefined) await makeCorpus(dir, job.corpus, options)
  const {path, files, bytes} = corpusFiles(dir, job.corpus)
  for (const file of files) warm(file)
  const counted = countKeys(path)
  // check counts the keys of an RDB file only; how many a log comes to, the server said when it was made.
  const keys = corpusRecord(dir, job.corpus)?.keys ?? counted
  const ours =
    job.damage === undefined ? reading(job, path, meter) : recovery(job, {path, files}, meter)
  const sides = [
    {who: 'respite', run: ours.run, runs: []},
    {who: job.peer, run: () => runPeer(job, {path, files}, options, meter), runs: []},
  ]
  try {
    await takeTurns(job, sides, bytes, options.runs)
    ours.verify?.()
  } finally {
    ours.remove?.()
  }
  return {job, bytes, keys, ours: sides[0].runs, peer: sides[1].runs}
}

async function takeTurns(job, sides, bytes, turns) {
  for (let turn = 1; turn <= turns; turn++) {
    for (const {who, run: measure, runs} of sides) {
      const run = await measure()
      runs.push(run)
      console.log(runLine(job.name, who, `${turn}/${turns}`, bytes, run))
    }
  }
}

/** Read the file as the row says; what is written is gone before the next turn. */
function reading({command, writes = false, twice = false}, path, meter) {
  const own = [...PROGRAM, ...command, path, ...(twice ? [path] : [])]
  if (!writes) return {run: () => meter.measure(own)}
  return {
    async run() {
      const dir = mkdtempSync(join(tmpdir(), 'respite-bench-'))
      try {
        return await meter.measure([...own, '-o', join(dir, 'out')])
      } finally {
        rmSync(dir, {recursive: true})
      }
    },
  }
}

/** Bring back a damaged copy, each time to a new output; the last has to be sound. */
function recovery(job, corpus, meter) {
  // Not into somebody else's folder.
  const {path, output, remove} = damagedCopy(DEFAULT_DIR, corpus, job.damage)
  const run = () => {
    rmSync(output, {recursive: true, force: true})
    return meter.measure([...PROGRAM, ...job.command, path, '-o', output], LOST_SOMETHING)
  }
  return {run, verify: () => countKeys(output), remove}
}

function runPeer(job, corpus, options, meter) {
  const {peer, peerCommand, loads, digests = false, rewrites = false} = job
  if (peerCommand) return reading({...job, command: peerCommand}, corpus.path, meter).run()
  if (loads === undefined && !digests) return meter.measure([peer, corpus.path])
  const {server, port} = options
  return measureServer(corpus, {server, port, digest: digests, rewrite: rewrites})
}

async function runStarts() {
  const rows = [{command: NOTHING, title: '`node -e 0`'}, ...STARTS].map((row) => ({
    ...row,
    runs: [],
  }))
  for (let turn = 0; turn <= START_ROUNDS; turn++) {
    for (const {command, runs} of rows) {
      const {ms} = await timed(command)
      // The first of each fills caches.
      if (turn > 0) runs.push(ms)
    }
  }
  const [nothing, ...starts] = rows.map(({runs, ...row}) => ({...row, ms: median(runs)}))
  for (const {title, ms} of [nothing, ...starts]) {
    console.log(`startup  ${title.padEnd(28)} ${ms.toFixed(1)} ms (median of ${START_ROUNDS})`)
  }
  return {nothingMs: nothing.ms, starts}
}

async function main(options) {
  const meter = memoryMeter()
  const load = loadavg()[0].toFixed(1)
  const chosen = JOBS.filter(({name}) => options.only === undefined || options.only === name)
  const others = new Set(chosen.filter((job) => !job.peerCommand).map(({peer}) => peer))
  const peers = [...others].map((peer) =>
    peerVersion(peer === 'redis-server' ? options.server : peer),
  )
  const facts = {runs: options.runs, rounds: START_ROUNDS, meter: meter.name, peers, load}
  const about = circumstances(facts)
  console.log(`${about}\n`)
  const results = []
  for (const job of chosen) results.push(await runJob(job, options, meter))
  const tables = results.length > 0 ? [jobsTable(results)] : []
  if (options.only === undefined || options.only === 'startup') {
    tables.push(startsTable(await runStarts()))
  }
  const text = [about, ...tables].join('\n\n')
  console.log(`\n${text}`)
  if (options.write) writeBetweenMarkers(PAGE, text)
}

const options = readOptions()
if (options.kernels) await import('./kernels.js')
else await main(options)
