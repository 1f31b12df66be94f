/**
 * R18: values never leave the files that hold them, and keys leave them in reports only. Canaries in keys, values and passwords go
 * through every command, however verbose, over sound and damaged inputs, and through crashes.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {describeError} from '../../src/errors.ts'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {budget, figure, TIMEOUT} from '../support/campaign.ts'
import type {Run} from '../support/cli.ts'
import {callsOf, runFaulty} from '../support/fault-runs.ts'
import {WRITING_COMMANDS} from '../support/writing-commands.ts'
import {CANARY_KEY, CANARY_VALUE, CANARY_PASSWORD as PASSWORD} from '../support/writing-inputs.ts'
import {runIn, scene, spread} from '../support/writing-runs.ts'

let root: string
let inputs: string[]

const string = (text: string) => bytes([text.length], text)

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'respite-secrets-'))
  const log = bytes(
    record('SET', `${CANARY_KEY}:1`, `${CANARY_VALUE} 1`),
    record('CONFIG', 'SET', 'requirepass', PASSWORD),
    record('AUTH', PASSWORD),
    record('HSET', CANARY_KEY, CANARY_VALUE, CANARY_VALUE),
    record('EVAL', `return '${CANARY_VALUE}'`, '0'),
    record('INCR', `${CANARY_KEY}:1`),
    record('SET', CANARY_KEY, CANARY_VALUE, 'NOSUCHOPTION'),
    record('NOSUCHCOMMAND', CANARY_VALUE),
    record('SET', `${CANARY_KEY}:2`, `${CANARY_VALUE} 2`),
  )
  const entry = bytes([0], string(CANARY_KEY), string(CANARY_VALUE))
  const rdb = bytes('REDIS0009', [0xfe, 0], entry, [0xff], new Uint8Array(8))
  const files: Record<string, Uint8Array> = {'log.aof': log, 'dump.rdb': rdb}
  // Every 9th cut, and a changed byte every 7th: inside of keys, values, lengths and names.
  for (let at = 20; at < log.length; at += 9) files[`cut-${at}.aof`] = log.subarray(0, at)
  for (let at = 3; at < log.length; at += 7) files[`byte-${at}.aof`] = withByte(log, at)
  for (let at = 9; at < rdb.length; at += 5) files[`cut-${at}.rdb`] = rdb.subarray(0, at)
  for (let at = 9; at < rdb.length; at += 5) files[`byte-${at}.rdb`] = withByte(rdb, at)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content)
  writeFileSync(join(root, 'redis.conf'), `requirepass ${PASSWORD}\nnosuch "${PASSWORD}\n`)
  inputs = Object.keys(files).sort()
})
afterAll(() => rmSync(root, {recursive: true}))

function withByte(content: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(content)
  changed[at] ^= 0x15
  return changed
}

const SECRETS = [CANARY_VALUE, PASSWORD]
/** Part of a secret is a secret. */
const FRAGMENT = 10
const encoded = (secret: string) =>
  Array.from({length: secret.length - FRAGMENT + 1}, (_, i) => {
    const part = Buffer.from(secret.slice(i, i + FRAGMENT))
    return [part.toString('latin1'), part.toString('hex')]
  }).flat()
const holds = (text: string, secrets: readonly string[]): boolean =>
  secrets.some(
    (secret) =>
      encoded(secret).some((form) => text.includes(form)) ||
      text.includes(Buffer.from(secret).toString('base64').slice(0, -4)),
  )

/** Where canaries came out. Errors may hold no keys either. */
function leaks(place: string, {stdout, stderr}: Run): string[] {
  const found: string[] = []
  if (holds(stderr, [...SECRETS, CANARY_KEY])) found.push(`${place}: stderr: ${stderr}`)
  if (holds(stdout, SECRETS)) found.push(`${place}: stdout: ${stdout}`)
  const isError = stdout.includes('"respite.error/1"')
  if (isError && holds(stdout, [CANARY_KEY])) found.push(`${place}: error: ${stdout}`)
  return found
}

const COMMANDS: readonly (readonly string[])[] = [
  ['check'],
  ['check', '--verbose'],
  ['check', '--json'],
  ['check', '--replay', '--verbose'],
  ['check', '--replay', '--json'],
  ['check', '--nagios'],
  ['check', '--config', 'redis.conf'],
  ['info', '--verbose'],
  ['info', '--json'],
]
/** Of one input. */
const SINGLE: readonly (readonly string[])[] = [
  ['digest', '--keys', '--verbose'],
  ['digest', '--json'],
  ['report', '--verbose'],
  ['report', '--json', '--dedup'],
  ['evict', '--verbose', '--maxmemory', '1', '--policy', 'allkeys-random'],
  ['verify', '--json'],
  ['verify', '--nagios'],
  ['repair', '--dry-run', '--verbose'],
  ['repair', '--dry-run', '--json'],
]

test('a leak would be seen, in part, in hex and in base64', () => {
  const say = (stdout: string, stderr = '') => leaks('', {stdout, stderr, code: 0, signal: null})
  for (const secret of SECRETS) {
    expect(say(secret.slice(3, 13))).toHaveLength(1)
    expect(say(Buffer.from(secret).toString('hex'))).toHaveLength(1)
    expect(say(`{"base64":"${Buffer.from(secret).toString('base64')}"}`)).toHaveLength(1)
  }
  expect(say(CANARY_KEY)).toEqual([])
  expect(say('', CANARY_KEY)).toHaveLength(1)
})

test(
  'no value and no password comes out of any command',
  async () => {
    const found: string[] = []
    let runs = 0
    let printed = 0
    const run = async (args: readonly string[]) => {
      const result = await runIn(root, args)
      printed += result.stdout.length + result.stderr.length
      runs++
      found.push(...leaks(args.join(' '), result))
    }
    for (const args of COMMANDS) await run([...args, ...inputs])
    await run(['digest', '--keys', 'dump.rdb'])
    for (const args of SINGLE) {
      for (const input of spread(inputs, budget(2, 1000))) await run([...args, input])
    }
    figure(
      'R18',
      `${runs} runs over ${inputs.length} inputs, ${printed} characters printed, ${found.length} leaks`,
    )
    expect(found).toEqual([])
    expect(printed).toBeGreaterThan(10_000)
  },
  TIMEOUT,
)

test.each(WRITING_COMMANDS)(
  '$name keeps secrets when it works and when it fails',
  async (command) => {
    const found: string[] = []
    let runs = 0
    for (const flags of [[], ['--verbose'], ['--json']]) {
      const {folder, remove} = scene(command)
      found.push(...leaks(`${flags}`, await runIn(folder, [...command.args, ...flags])))
      remove()
      runs++
    }
    const codes = new Set<number | null>()
    // Writes come with bytes, which is what a careless message would hold.
    const writes = (await callsOf(command)).filter(({name}) => name === 'writeSync')
    const calls = [...writes, ...writes, ...writes].slice(0, budget(3, 1000))
    for (const [i, call] of calls.entries()) {
      const {folder, remove} = scene(command)
      const kind = ['EIO', 'lie', 'BUG'][i % 3]
      const args = i % 2 ? command.args : [...command.args, '--json']
      const run = await runFaulty(folder, args, kind, call)
      codes.add(run.code)
      found.push(...leaks(`${kind} at ${call.name}`, run))
      remove()
      runs++
    }
    figure('R18', `${command.name}: ${runs} runs, ${found.length} leaks`)
    expect(found).toEqual([])
    expect([...codes].sort()).toEqual([30, 70])
  },
  TIMEOUT,
)

test('an error that nobody expected is told without its message', () => {
  for (const secret of [CANARY_KEY, ...SECRETS]) {
    for (const error of [
      new Error(secret),
      new TypeError(`x ${secret}\n    at ${secret}`),
      secret,
    ]) {
      expect(JSON.stringify(describeError(error))).not.toContain(secret)
    }
  }
})
