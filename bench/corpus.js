#!/usr/bin/env node
// Makes the files that bench/run.js measures, with a real server:
//
//   node bench/corpus.js [--out .bench] [--server redis-server] [--port 23400] [--only NAME] [--mb 1000] [--keys 5000000]
//
//     strings.rdb  `--keys` short strings         mixed.rdb  about `--mb` MB of every type
//     aof-sets/    a multi-part AOF of about `--mb` MB
//
// Same server, same options: same keys and values, and the same log byte for byte. In an RDB file the order of the keys is
// another on every run, because a server hashes with a seed of its own. What is there already is not made again.
import {once} from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {isDeepStrictEqual, parseArgs} from 'node:util'
import {startServer} from '../scripts/fixtures/server.js'
import {log, mixed, strings} from './corpus-data.js'

export const CORPUS_OPTIONS = {
  server: {type: 'string', default: process.env.REDIS_SERVER ?? 'redis-server'},
  port: {type: 'string', default: '23400'},
  mb: {type: 'string', default: '1000'},
  keys: {type: 'string', default: '5000000'},
}
export const DEFAULT_DIR = fileURLToPath(new URL('../.bench', import.meta.url))

/** Raised when the data change, so that files of before are made again. */
const EDITION = 1

/** Name, where it goes, what fills it, which options shape it, what the server needs besides. */
const CORPORA = [
  {name: 'strings', file: 'strings.rdb', fill: strings, shape: ['keys'], args: []},
  {name: 'mixed', file: 'mixed.rdb', fill: mixed, shape: ['mb'], args: []},
  {name: 'aof-sets', file: 'aof-sets', fill: log, shape: ['mb'], args: ['--appendonly', 'yes']},
]
export const CORPUS_NAMES = CORPORA.map(({name}) => name)

/** What was written down when a corpus was made; undefined for one that was made otherwise. */
export function corpusRecord(dir, name) {
  const file = join(dir, `${name}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** Make one corpus in `dir`, unless it is there from the same options, or from somewhere else: then it is not ours to replace. */
export async function makeCorpus(dir, name, options) {
  const corpus = CORPORA.find((row) => row.name === name)
  const shape = Object.fromEntries(corpus.shape.map((key) => [key, Number(options[key])]))
  const recipe = {edition: EDITION, ...shape}
  const before = corpusRecord(dir, name)?.recipe ?? recipe
  if (existsSync(join(dir, corpus.file)) && isDeepStrictEqual(before, recipe)) return
  mkdirSync(dir, {recursive: true})
  const temp = mkdtempSync(join(resolve(dir), '.tmp-'))
  try {
    const made = await fillServer(corpus, recipe, temp, options)
    const out = join(dir, corpus.file)
    const record = join(dir, `${name}.json`)
    rmSync(record, {force: true})
    rmSync(out, {recursive: true, force: true})
    renameSync(made.path, out)
    const text = JSON.stringify({name, recipe, ...made.facts, bytes: sizeOf(out)})
    writeFileSync(record, `${text}\n`)
    console.log(`made ${out} ${text}`)
  } finally {
    rmSync(temp, {recursive: true, force: true})
  }
}

async function fillServer({name, fill, args}, recipe, temp, {server: program, port}) {
  console.log(`making ${name} with ${program}`)
  const fixed = ['--save', '', '--appendfsync', 'no', '--auto-aof-rewrite-percentage', '0']
  const server = await startServer(program, {port, dir: temp, args: [...fixed, ...args]})
  const stop = () => server.child.kill('SIGKILL')
  // An interrupt ends the server; the broken connection then ends everything else in order.
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    await send(server.client, fill, recipe)
    const facts = await serverFacts(server.client)
    if (facts.errors > 0) throw new Error(`${name}: the server refused ${facts.errors} commands`)
    if (name === 'aof-sets') return {facts, path: await endLog(server, temp)}
    await server.client.cmd('SAVE')
    return {facts, path: join(temp, 'dump.rdb')}
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
    await server.stop()
  }
}

const BATCH_LENGTH = 1 << 18

/** One way: replies to ten million commands would have to be read, and say nothing. */
async function send(client, fill, recipe) {
  const gone = new AbortController()
  client.sock.once('close', () => gone.abort(new Error('the server went away')))
  client.sock.write(encode(['CLIENT', 'REPLY', 'OFF']))
  let batch = ''
  let total = 0
  const sent = () => total
  for (const command of fill({...recipe, sent})) {
    const text = encode(command)
    batch += text
    total += text.length
    if (batch.length < BATCH_LENGTH) continue
    if (!client.sock.write(batch, 'latin1')) {
      await once(client.sock, 'drain', {signal: gone.signal})
    }
    batch = ''
  }
  client.sock.write(batch, 'latin1')
  await client.cmd('CLIENT', 'REPLY', 'ON')
}

/** ASCII only: characters are bytes. */
function encode(words) {
  let text = `*${words.length}\r\n`
  for (const word of words) {
    const part = String(word)
    text += `$${part.length}\r\n${part}\r\n`
  }
  return text
}

async function serverFacts(client) {
  const info = await client.text('INFO')
  const one = (name) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
  const keys = [...info.matchAll(/^db\d+:keys=(\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
  const version = one('valkey_version') ?? one('redis_version')
  // Counted from 6.2 on.
  return {server: version, keys, errors: Number(one('total_error_replies') ?? 0)}
}

/** An orderly end writes and syncs the whole log. */
async function endLog({client, child}, temp) {
  const ended = once(child, 'exit')
  const answer = await client.raw('SHUTDOWN', 'NOSAVE').catch(() => undefined)
  if (answer !== undefined) throw answer
  await ended
  const out = join(temp, 'out')
  mkdirSync(out)
  for (const name of readdirSync(temp)) {
    if (name.startsWith('appendonly')) renameSync(join(temp, name), join(out, name))
  }
  return out
}

function sizeOf(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const own = {out: {type: 'string', default: DEFAULT_DIR}, only: {type: 'string'}}
  const {values} = parseArgs({options: {...CORPUS_OPTIONS, ...own}})
  const {only, out, ...options} = values
  if (only !== undefined && !CORPUS_NAMES.includes(only)) {
    throw new Error(`--only takes ${CORPUS_NAMES.join(', ')}`)
  }
  for (const name of only ? [only] : CORPUS_NAMES) await makeCorpus(out, name, options)
}
