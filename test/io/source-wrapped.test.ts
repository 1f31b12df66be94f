import {execFileSync} from 'node:child_process'
import {gzipSync} from 'node:zlib'
import {describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import {noise, READ_ALL, type Read, sha256, slowCrc, temporaryFiles} from './support.ts'

const put = temporaryFiles()
const zst = (bytes: Uint8Array) => execFileSync('zstd', ['-q', '-c'], {input: bytes})
const keepGoing = {keepGoing: true}

async function read(path: string, options: object = {}, settings: object = {}): Promise<Read> {
  return (await runOperation<Read[]>(READ_ALL, [path], options, settings))[0]
}

describe('a wrapped file', () => {
  const text = Buffer.from('a line that is there often\n'.repeat(3000))
  const raw = noise(100_000)

  test.each([
    {wrapped: ['gz'], bytes: gzipSync(text)},
    {wrapped: ['zst'], bytes: zst(text)},
    {wrapped: ['gz', 'gz'], bytes: gzipSync(gzipSync(text))},
    {wrapped: ['gz', 'zst'], bytes: gzipSync(zst(text))},
    {wrapped: ['zst', 'gz'], bytes: zst(gzipSync(text))},
  ])('$wrapped is taken off', async ({wrapped, bytes}) => {
    expect(await read(put(wrapped.join('-'), bytes))).toEqual({
      bytes: text.length,
      sha256: sha256(text),
      crc: slowCrc(text),
      size: -1,
      wrapped,
      head: text.subarray(0, 64).toString('latin1'),
      seekable: false,
      repeatable: true,
      failure: null,
    })
  })

  test('is left as it is if asked', async () => {
    const bytes = gzipSync(text)
    expect(await read(put('asis.gz', bytes), {unwrap: false})).toMatchObject({
      sha256: sha256(bytes),
      wrapped: [],
      size: bytes.length,
    })
  })

  test('three wrappers are one too many', async () => {
    const path = put('thrice', gzipSync(gzipSync(gzipSync(text))))
    const {wrapped, head} = await read(path)
    expect({wrapped, magic: head.slice(0, 2)}).toEqual({wrapped: ['gz', 'gz'], magic: '\x1f\x8b'})
  })

  test('can be opened at an offset', async () => {
    const path = put('offset.gz', gzipSync(raw))
    const rest = raw.subarray(70_001)
    expect(await read(path, {offset: 70_001})).toMatchObject({
      sha256: sha256(rest),
      crc: slowCrc(rest),
      head: Buffer.from(raw.subarray(0, 64)).toString('latin1'),
    })
  })

  test('may hold nothing', async () => {
    expect(await read(put('empty.gz', gzipSync('')))).toMatchObject({bytes: 0, head: ''})
    expect(await read(put('empty.zst', zst(Buffer.of())))).toMatchObject({bytes: 0, head: ''})
  })

  test('may have several gz members, and zero bytes behind them', async () => {
    const parts = [gzipSync(text), gzipSync(''), gzipSync(raw), Buffer.alloc(1000)]
    const {sha256: sum} = await read(put('members.gz', Buffer.concat(parts)))
    expect(sum).toBe(sha256(Buffer.concat([text, raw])))
  })

  test('may have several zst frames', async () => {
    const {sha256: sum} = await read(put('frames.zst', Buffer.concat([zst(text), zst(raw)])))
    expect(sum).toBe(sha256(Buffer.concat([text, raw])))
  })
})

describe('a wrapped file that is damaged', () => {
  const raw = noise(300_000)
  const gz = gzipSync(raw)

  test.each([5000, 100_000, gz.length - 9, gz.length - 8, gz.length - 1])(
    'gz cut at %i gives what came before, then TRUNCATED',
    async (cut) => {
      const result = await read(put(`cut-${cut}.gz`, gz.subarray(0, cut)), keepGoing)
      const {bytes, failure} = result
      expect(failure).toEqual({name: 'FormatError', code: 'TRUNCATED', offset: bytes})
      expect(result.sha256).toBe(sha256(raw.subarray(0, bytes)))
      // Noise does not shrink, so nearly all that is there must come out.
      expect(bytes).toBeGreaterThan(cut - 40_000)
      expect(await read(put(`cut-${cut}.gz`, gz.subarray(0, cut)), keepGoing)).toEqual(result)
    },
  )

  test('gz cut before its first byte is TRUNCATED at once', async () => {
    const run = read(put('cut-11.gz', gz.subarray(0, 11)), keepGoing)
    await expect(run).rejects.toMatchObject({name: 'FormatError', code: 'TRUNCATED', offset: 0})
  })

  test('gz with a flipped byte gives what came before, then WRAPPER', async () => {
    const damaged = Buffer.from(gz)
    damaged[gz.length - 6] ^= 1
    const result = await read(put('flipped.gz', damaged), keepGoing)
    expect(result.failure).toMatchObject({name: 'FormatError', code: 'WRAPPER'})
    expect(result.sha256).toBe(sha256(raw.subarray(0, result.bytes)))
  })

  test('gz with other bytes behind it is WRAPPER', async () => {
    const path = put('trailing.gz', Buffer.concat([gz, Buffer.from('garbage')]))
    expect((await read(path, keepGoing)).failure).toMatchObject({code: 'WRAPPER'})
  })

  test('what is no gz after its magic is WRAPPER at once', async () => {
    const run = read(put('magic.gz', Buffer.from('\x1f\x8b\xff\xff\xff\xff', 'latin1')), keepGoing)
    await expect(run).rejects.toMatchObject({name: 'FormatError', code: 'WRAPPER', offset: 0})
  })

  test('zst that is cut gives what came before, then TRUNCATED', async () => {
    const whole = zst(raw)
    const result = await read(put('cut.zst', whole.subarray(0, 200_000)), keepGoing)
    expect(result.failure).toMatchObject({code: 'TRUNCATED', offset: result.bytes})
    expect(result.sha256).toBe(sha256(raw.subarray(0, result.bytes)))
  })

  test('zst with a wrong checksum is WRAPPER', async () => {
    const damaged = zst(raw)
    damaged[damaged.length - 1] ^= 1
    const {failure} = await read(put('flipped.zst', damaged), keepGoing)
    expect(failure).toMatchObject({code: 'WRAPPER'})
  })

  test('a cut gz inside a zst is TRUNCATED', async () => {
    const path = put('cut.gz.zst', zst(gz.subarray(0, 150_000)))
    expect((await read(path, keepGoing)).failure).toMatchObject({code: 'TRUNCATED'})
  })
})

describe('a bomb', () => {
  const million = Buffer.alloc(1 << 20)
  const member = gzipSync(million)
  const bomb = Buffer.concat(new Array(300).fill(member))

  test('ends in LIMIT', async () => {
    const result = await read(put('bomb.gz', bomb), {...keepGoing, step: 1 << 20})
    expect(result.failure).toMatchObject({name: 'FormatError', code: 'LIMIT'})
    expect(result.bytes).toBeLessThan(300 << 20)
  })

  test('is read when a larger expansion is allowed', async () => {
    const options = {...keepGoing, step: 1 << 20}
    const result = await read(put('bomb.gz', bomb), options, {maxExpand: 2000})
    expect(result).toMatchObject({bytes: 300 << 20, failure: null, crc: '0'})
  })
})
