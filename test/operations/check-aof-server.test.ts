/** What `check` says a server would do, against what redis-server and redis-check-aof do with the same bytes. */
import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {checkAof, record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {aofFixtures, fileOf} from '../support/fixtures.ts'
import {randomSeed} from '../support/random.ts'
import {serverProgram, startServer} from '../support/server.ts'

const B = bytes(record('SELECT', '0'), record('SET', 'j1', '11'), record('SET', 'j2', '22'))
const set = record('SET', 'k', 'v')

const vectors: Record<string, Uint8Array> = {
  sound: B,
  'minus 1': B.subarray(0, 80),
  'minus 5': B.subarray(0, 76),
  'minus 28': B.subarray(0, 53),
  'a cut name': bytes(B, '*3\r\n$3\r\nSE'),
  'one NUL': bytes(B, 0),
  'a page of NULs': bytes(B, Buffer.alloc(4096)),
  'an open MULTI': bytes(B, record('MULTI'), set),
  'a cut record in MULTI': bytes(B, record('MULTI'), set.subarray(0, 9)),
  'a queued DISCARD': bytes(B, record('MULTI'), set, record('DISCARD'), set),
  'MULTI twice': bytes(B, record('MULTI'), record('MULTI'), set, record('EXEC')),
  'EXEC first': bytes(B, record('EXEC'), set),
  'an unknown command': bytes(B, record('NOSUCH', 'a')),
  'an unknown subcommand': bytes(B, record('XGROUP', 'NO', 'k', 'g', '0')),
  'SELECT 99': bytes(B, record('SELECT', '99'), set),
  'an empty line': bytes(B, '\r\n'),
  garbage: bytes(B, 'garbage'),
  '*0': bytes(B, '*0\r\n'),
  '*-1': bytes(B, '*-1\r\n'),
  'an annotation': bytes(B, '#TS:1700000000\r\n'),
  'a cut annotation': bytes(B, '#TS:17'),
  'a long annotation': bytes(B, `#${'x'.repeat(1997)}\r\n`),
  'an annotation of 1023 bytes': bytes(B, `#${'x'.repeat(1020)}\r\n`, set),
  'an annotation of 1024 bytes': bytes(B, `#${'x'.repeat(1021)}\r\n`, set),
  'header lines that end in LF': bytes(B, '*1\n$4\nPING\r\n'),
  'LF only': bytes(B, '*1\n$4\nPING\n', set),
  'a wrong end': bytes(B, '*1\r\n$4\r\nPINGXX', set),
  'text behind a number': bytes(B, '*1x\r\n$4y\r\nPING\r\n', set),
  'a sign': bytes(B, '*+1\r\n$+4\r\nPING\r\n', set),
  zeros: bytes(B, '*01\r\n$0004\r\nPING\r\n', set),
  'a blank': bytes(B, '* 1\r\n$ 4\r\nPING\r\n', set),
  'a length too short': bytes(B, '*1\r\n$3\r\nPING\r\n', set),
  'a length too long': bytes(B, '*1\r\n$5\r\nPING\r\n', set),
  'a header that does not end': bytes(B, `*1${' '.repeat(1100)}\r\n$4\r\nPING\r\n`),
  'NULs in a line near the end': bytes(B.subarray(0, 72), 0, 0, 0, B.subarray(75)),
  'X over a header': bytes(B.subarray(0, 52), 'XXXXXX', B.subarray(58), set, set, set, set),
  'the first record cut': B.subarray(0, 20),
}

type Outcome = {does: 'loads' | 'refuses' | 'cuts'; size: number}

/** From the meanings of the findings. */
function predicted(input: Uint8Array): Outcome {
  const {findings} = checkAof(input)
  const text = findings.map(({meaning}) => meaning).join('\n')
  if (/^A server refuses to start/m.test(text)) return {does: 'refuses', size: input.length}
  const cut = /cuts the file on disk at offset (\d+)/.exec(text)
  return cut ? {does: 'cuts', size: Number(cut[1])} : {does: 'loads', size: input.length}
}

const server = serverProgram()
const checker = serverProgram('redis-check-aof')
const live = server && checker ? describe : describe.skip

live('redis-server', () => {
  let root = ''
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'respite-aof-'))
  })
  afterAll(() => rmSync(root, {recursive: true}))

  test.each(Object.keys(vectors))('%s', async (name) => {
    const dir = join(root, name.replace(/\W/g, '-'))
    const incr = join(dir, 'appendonlydir/appendonly.aof.1.incr.aof')
    mkdirSync(join(dir, 'appendonlydir'), {recursive: true})
    writeFileSync(incr, vectors[name])
    writeFileSync(
      join(dir, 'appendonlydir/appendonly.aof.manifest'),
      'file appendonly.aof.1.incr.aof seq 1 type i\n',
    )
    let does: Outcome['does'] = 'refuses'
    try {
      const running = await startServer({dir, args: ['--appendonly', 'yes']})
      await running.stop()
      does = statSync(incr).size < vectors[name].length ? 'cuts' : 'loads'
    } catch (error) {
      if (!/the server ended \(1\)/.test(String(error))) throw error
    }
    expect(predicted(vectors[name])).toEqual({does, size: statSync(incr).size})
  })
})

live('redis-check-aof', () => {
  let path = ''
  beforeAll(() => {
    path = join(mkdtempSync(join(tmpdir(), 'respite-aof-')), 'a.aof')
  })
  afterAll(() => rmSync(path, {force: true}))

  /** Offset up to which it finds the file good. */
  function okUpTo(input: Uint8Array): {rc: number | null; ok: number} {
    writeFileSync(path, input)
    const {status, stdout} = spawnSync(checker!, [path], {encoding: 'latin1'})
    return {rc: status, ok: Number(/ok_up_to=(\d+)/.exec(stdout)?.[1] ?? input.length)}
  }

  const flags = (input: Uint8Array) =>
    checkAof(input).findings.some(({severity}) => severity !== 'note')

  test('whatever it rejects is found, over every cut of a small log', () => {
    const log = smallLog()
    expect(okUpTo(log)).toEqual({rc: 0, ok: log.length})
    let cuts = 0
    for (let length = 1; length < log.length; length++) {
      const part = log.subarray(0, length)
      const {rc, ok} = okUpTo(part)
      const {findings, intactBytes} = checkAof(part)
      const wrong = findings.some(({severity}) => severity !== 'note')
      expect({length, wrong, intactBytes}).toEqual({length, wrong: rc !== 0, intactBytes: ok})
      cuts++
    }
    process.stdout.write(
      `every cut of ${log.length} bytes: ${cuts} of ${cuts} as redis-check-aof\n`,
    )
  })

  test('whatever it rejects is found, in mutants', () => {
    const random = randomSeed('check-aof-server.test.ts')
    const log = smallLog()
    let rejected = 0
    let found = 0
    const runs = 150
    for (let i = 0; i < runs; i++) {
      const mutant = Buffer.from(log)
      for (let n = 1 + random.int(2); n > 0; n--) {
        mutant[random.int(mutant.length)] = random.pick([
          0,
          10,
          13,
          36,
          42,
          48,
          57,
          random.int(256),
        ])
      }
      const flagged = flags(mutant)
      if (flagged) found++
      if (okUpTo(mutant).rc === 0) continue
      rejected++
      if (!flagged) throw new Error(`not found: ${mutant.toString('base64')}`)
    }
    process.stdout.write(`${runs} mutants: ${found} found, redis-check-aof ${rejected}\n`)
  })
})

function smallLog(): Buffer {
  const fixture = aofFixtures().find(({name}) => name === 'redis-7.0.15/aof-small-ts')!
  const incr = fixture.entry.files.find(({path}) => path.endsWith('.incr.aof'))!
  const log = readFileSync(fileOf(fixture, incr))
  // From a record before two transactions to the end of the second.
  const multi = log.indexOf('MULTI')
  const start = log.indexOf('*', Math.max(0, log.lastIndexOf('\r\n*', multi - 100)))
  const end = log.indexOf('EXEC', log.indexOf('EXEC') + 1) + 6
  return Buffer.from(log.subarray(start, end))
}
