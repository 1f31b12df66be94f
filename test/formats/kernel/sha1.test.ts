import {createHash} from 'node:crypto'
import {describe, expect, test} from '@jest/globals'
import {createKernel} from '../../../src/formats/kernel/kernel.ts'
import {DIGEST_CONTENT, DIGEST_TEMP, DIGEST_TOTAL} from '../../../src/formats/kernel/layout.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'

const kernel = createKernel(loadKernelModule())
const memory = new Uint8Array(kernel.memory.buffer)
const view = new DataView(kernel.memory.buffer)
/** The last bytes of the memory: a kernel that looks beyond its input traps. */
const END = memory.length

const sha1 = (data: Uint8Array): Buffer => createHash('sha1').update(data).digest()
const bytesOf = (length: number): Buffer =>
  Buffer.from(Array.from({length}, (_, i) => (i * 31 + length * 7) & 0xff))
const xor = (a: Uint8Array, b: Uint8Array): Buffer => Buffer.from(a.map((byte, i) => byte ^ b[i]))

function place(data: Uint8Array): [start: number, end: number] {
  memory.set(data, END - data.length)
  return [END - data.length, END]
}

function taken(at: number): Buffer {
  const hash = Buffer.alloc(20)
  for (let i = 0; i < 5; i++) hash.writeUInt32BE(view.getUint32(at + i * 4, true), i * 4)
  return hash
}

function put(at: number, hash: Buffer): void {
  for (let i = 0; i < 5; i++) view.setUint32(at + i * 4, hash.readUInt32BE(i * 4), true)
}

test('hashes inputs of every length, and looks at nothing behind them', () => {
  for (let length = 0; length <= 300; length++) {
    const data = bytesOf(length)
    kernel.sha1(...place(data), DIGEST_TEMP)
    expect([length, taken(DIGEST_TEMP)]).toEqual([length, sha1(data)])
  }
})

test.each([1, 2, 55, 63, 64, 65, 1000])('hashes an input in pieces of %i', (piece) => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 777]) {
    const data = bytesOf(length)
    kernel.sha1Begin()
    for (let at = 0; at < length; at += piece) {
      kernel.sha1Update(...place(data.subarray(at, at + piece)))
    }
    kernel.sha1End(DIGEST_TEMP)
    expect([length, taken(DIGEST_TEMP)]).toEqual([length, sha1(data)])
  }
})

test('mixes and adds hashes as DEBUG DIGEST does', () => {
  const [state, other] = [sha1(bytesOf(1)), sha1(bytesOf(2))]
  put(DIGEST_CONTENT, state)
  put(DIGEST_TEMP, other)
  kernel.sha1Mix(DIGEST_CONTENT, DIGEST_TEMP)
  expect(taken(DIGEST_CONTENT)).toEqual(sha1(xor(state, other)))
  put(DIGEST_CONTENT, state)
  kernel.sha1Xor(DIGEST_CONTENT, DIGEST_TEMP)
  expect(taken(DIGEST_CONTENT)).toEqual(xor(state, sha1(other)))
})

describe('four at a time', () => {
  const MEMBERS = 1
  const lengths = [0, 20, 55, 56, 3, 64, 200, 8, 55]

  test.each(lengths.map((_, i) => i + 1))('%i members add up, short and long ones', (count) => {
    kernel.digestStart(0)
    kernel.digestBegin(MEMBERS, 2, 0x100000, 0x100000)
    let expected: Buffer = Buffer.alloc(20)
    for (const length of lengths.slice(0, count)) {
      const data = bytesOf(length)
      kernel.digestFirst(...place(data))
      expected = xor(expected, sha1(data))
    }
    kernel.digestEnd(0)
    expect(taken(DIGEST_CONTENT)).toEqual(expected)
  })

  test('adds equal hashes without losing them', () => {
    kernel.fullStart(0)
    kernel.fullBegin(MEMBERS, 0, 2, 0x100000, 0x100000)
    const data = bytesOf(20)
    for (let i = 0; i < 6; i++) kernel.fullFirst(...place(data))
    kernel.fullEnd(0x80000000, 0)
    const hash = sha1(data)
    const words = Array.from({length: 5}, (_, i) => (hash.readUInt32BE(i * 4) * 6) % 2 ** 32)
    expect(words.map((_, i) => view.getUint32(DIGEST_CONTENT + i * 4, true))).toEqual(words)
    expect(taken(DIGEST_TOTAL)).toEqual(Buffer.alloc(20))
  })
})
