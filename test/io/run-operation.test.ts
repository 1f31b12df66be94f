import {type ChildProcessWithoutNullStreams, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {closeSync, mkdirSync, openSync, renameSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {describe, expect, test} from '@jest/globals'
import {FormatError} from '../../src/formats/errors.ts'
import {packError, unpackError} from '../../src/io/error-transport.ts'
import {InputError} from '../../src/io/input-error.ts'
import {runOperation} from '../../src/io/run-operation.ts'
import type {RunProgress} from '../../src/io/run-settings.ts'
import {
  BOTH_THREADS,
  noise,
  READ_ALL,
  type Read,
  RUN_CLI,
  sha256,
  slowCrc,
  TAKE_TURNS,
  temporaryFiles,
} from './support.ts'

const put = temporaryFiles()

function program(options: object, settings: object, ...inputs: string[]) {
  const args = [READ_ALL, JSON.stringify(options), JSON.stringify(settings), ...inputs]
  return spawn(process.execPath, [RUN_CLI.pathname, ...args], {
    stdio: 'pipe',
    env: {...process.env, NODE_OPTIONS: ''},
  })
}

async function outcome(child: ChildProcessWithoutNullStreams) {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk) => out.push(chunk))
  child.stderr.on('data', (chunk) => err.push(chunk))
  const [code, signal] = await once(child, 'close')
  const text = Buffer.concat(out).toString()
  const value = text === '' ? null : JSON.parse(text)
  return {code, signal, value, notes: Buffer.concat(err).toString()}
}

describe('stdin', () => {
  test.each([1, 63, 1000, 65_537])('in chunks of %i bytes gives all bytes', async (step) => {
    const bytes = noise(step === 1 ? 2000 : 150_000)
    const child = program({}, {window: {slots: 3, slotSize: 4096}}, '-')
    const result = outcome(child)
    for (let at = 0; at < bytes.length; at += step) {
      const more = child.stdin.write(bytes.subarray(at, at + step))
      if (!more) await once(child.stdin, 'drain')
    }
    child.stdin.end()
    const {value, code} = await result
    expect(code).toBe(0)
    expect(value).toEqual([
      {
        bytes: bytes.length,
        sha256: sha256(bytes),
        crc: slowCrc(bytes),
        size: -1,
        wrapped: [],
        head: Buffer.from(bytes.subarray(0, 64)).toString('latin1'),
        seekable: false,
        repeatable: false,
        failure: null,
      },
    ])
  })

  test('may be a file that was redirected', async () => {
    const bytes = noise(700_000)
    const fd = openSync(put('redirected', bytes), 'r')
    const args = [RUN_CLI.pathname, READ_ALL, '{}', '{}', '-']
    const {stdout} = spawnSync(process.execPath, args, {stdio: [fd, 'pipe', 'pipe']})
    closeSync(fd)
    expect(JSON.parse(String(stdout))).toMatchObject([
      {bytes: 700_000, sha256: sha256(bytes), repeatable: false},
    ])
  })

  test('may be closed', async () => {
    const args = [RUN_CLI.pathname, READ_ALL, '{}', '{}', '-']
    const command = `exec "$0" "$@" <&-`
    const {stdout} = spawnSync('sh', ['-c', command, process.execPath, ...args])
    expect(JSON.parse(String(stdout))).toMatchObject([{bytes: 0}])
  })

  test('may be empty', async () => {
    const child = program({}, {}, '-')
    child.stdin.end()
    expect((await outcome(child)).value).toMatchObject([{bytes: 0, crc: '0', head: ''}])
  })

  test('may be wrapped', async () => {
    const child = program({}, {}, '-')
    child.stdin.end(gzipSync(noise(5000)))
    const {value} = await outcome(child)
    expect(value).toMatchObject([{sha256: sha256(noise(5000)), wrapped: ['gz']}])
  })

  test('can be read only once', async () => {
    const child = program({}, {}, '-', '-')
    child.stdin.end('x')
    expect(await outcome(child)).toMatchObject({code: 10, value: {code: 'INPUT_KIND'}})
  })

  test('can be left before its end while the writer still writes', async () => {
    const child = program({stopAfter: 10}, {window: {slots: 2, slotSize: 64}}, '-')
    child.stdin.on('error', () => {}) // the reader goes away
    child.stdin.write(noise(1000))
    const {code, value} = await outcome(child)
    expect({code, bytes: value[0].bytes}).toEqual({code: 0, bytes: 64})
  })
})

describe('an operation beside another', () => {
  const both = (options: object, first: string, second: string) =>
    runOperation(BOTH_THREADS, [first, second], options, {mode: 'worker'})

  test('reads another input at the same time', async () => {
    const [first, second] = [put('first', noise(3_000_000)), put('second', noise(2_000_000))]
    expect(await both({}, first, second)).toMatchObject({
      own: [{bytes: 2_000_000, sha256: sha256(noise(2_000_000))}],
      other: [{bytes: 3_000_000, sha256: sha256(noise(3_000_000))}],
    })
  })

  test('throws where its report is waited for', async () => {
    const path = put('both', noise(1000))
    await expect(both({fail: true}, path, path)).rejects.toThrow(TypeError)
  })

  test('ends with the one that started it', async () => {
    const path = put('left', noise(1000))
    expect(await both({leave: true}, path, path)).toEqual({own: []})
  })
})

describe('a thread that has a piece which another waits for', () => {
  const take = (ending: string) => runOperation(TAKE_TURNS, [], {ending}, {mode: 'worker'})

  test('ends it', async () => {
    expect(await take('end')).toEqual({start: 4096})
  })

  test.each([
    ['exit', {name: 'ThreadEnded', code: 'THREAD_ENDED', exit: 70}],
    ['throw', {name: 'TypeError', message: 'on purpose'}],
  ])('and ends by %s is not waited for', async (ending, error) => {
    await expect(take(ending)).rejects.toMatchObject(error)
  })
})

describe('a signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends a run that computes', async (signal, exit) => {
    const child = program({endless: true}, {mode: 'worker'}, put('any', 'x'))
    child.stderr.once('data', () => child.kill(signal))
    const {code, value} = await outcome(child)
    expect({code, name: value.name}).toEqual({code: exit, name: 'Interrupted'})
  })

  test('SIGINT ends a run that waits for stdin', async () => {
    const child = program({}, {}, '-')
    child.stdin.write('some bytes')
    child.stderr.once('data', () => child.kill('SIGINT'))
    expect(await outcome(child)).toMatchObject({code: 130})
  })

  test('SIGUSR1 shows how far a run is', async () => {
    const child = program({endless: true}, {mode: 'worker'}, put('ten', '0123456789'))
    child.stderr.once('data', () => child.kill('SIGUSR1'))
    child.stderr.on('data', (text) => {
      if (String(text).includes('state')) child.kill('SIGTERM')
    })
    const {notes} = await outcome(child)
    const state = JSON.parse(/^state (.*)$/m.exec(notes)?.[1] ?? '')
    expect(state).toEqual({bytesDone: 0, bytesTotal: 10, records: expect.any(Number)})
  })
})

describe('runOperation', () => {
  test.each(['inline', 'worker'] as const)('%s passes on what goes wrong', async (mode) => {
    const path = put(`fail-${mode}`, 'x')
    await expect(runOperation(READ_ALL, [path], {fail: true}, {mode})).rejects.toMatchObject({
      name: 'TypeError',
      message: 'a bug',
      stack: expect.stringContaining('read-all.mjs'),
    })
    const missing = `${path}-not-there`
    await expect(runOperation(READ_ALL, [missing], {}, {mode})).rejects.toMatchObject({
      name: 'InputError',
      code: 'INPUT_MISSING',
      exit: 10,
      path: missing,
    })
  })

  test('an operation that does not exist is an error', async () => {
    await expect(runOperation('no-such-operation', [])).rejects.toThrow(/no-such-operation/)
  })

  test('reports progress', async () => {
    const path = put('progress', noise(3_000_000))
    const seen: RunProgress[] = []
    const settings = {
      mode: 'worker' as const,
      window: {slots: 2, slotSize: 1000},
      progressIntervalMs: 1,
      onProgress: (progress: RunProgress) => seen.push(progress),
    }
    await runOperation(READ_ALL, [path], {step: 10}, settings)
    expect(seen.length).toBeGreaterThan(0)
    const last = seen[seen.length - 1]
    expect(last.bytesTotal).toBe(3_000_000)
    expect(last.bytesDone).toBeLessThanOrEqual(3_000_000)
    const done = seen.map(({bytesDone}) => bytesDone)
    expect(done).toEqual([...done].sort((a, b) => a - b))
  })

  test('a small file that leads to a wrapped one is read in the end', async () => {
    const inner = put('inner', gzipSync(noise(1000)))
    const directory = join(dirname(inner), 'set')
    mkdirSync(directory)
    renameSync(inner, join(directory, 'inner'))
    const [read] = await runOperation<Read[]>(READ_ALL, [join(directory, 'inner')])
    expect(read).toMatchObject({wrapped: ['gz'], sha256: sha256(noise(1000))})
  })
})

test('errors keep their class, code and place from one thread to another', () => {
  const format = new FormatError('RDB_LENGTH', 12, 'bad', true)
  format.path.push('db 0')
  const input = new InputError('INPUT_CHANGED', 'a.rdb', 'was written to')
  for (const error of [format, input]) {
    const copy = unpackError(structuredClone(packError(error)))
    expect(copy).toBeInstanceOf(error.constructor)
    expect({...copy, message: copy.message}).toEqual({...error, message: error.message})
  }
})
