import {createHash} from 'node:crypto'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll} from '@jest/globals'

export const READ_ALL = new URL('./operations/read-all.mjs', import.meta.url).href
export const BOTH_THREADS = new URL('./operations/both-threads.mjs', import.meta.url).href
export const TAKE_TURNS = new URL('./operations/take-turns.mjs', import.meta.url).href
export const RUN_CLI = new URL('./operations/run-cli.mjs', import.meta.url)

/** What read-all.mjs reports of an input. */
export interface Read {
  bytes: number
  sha256: string
  crc: string
  size: number
  wrapped: string[]
  head: string
  seekable: boolean
  repeatable: boolean
  failure: {name: string; code: string; offset: number} | null
}

/** A directory for the tests of a file. Returns how to put a file there. */
export function temporaryFiles(): (name: string, bytes: Uint8Array | string) => string {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'respite-test-'))
  })
  afterAll(() => rmSync(directory, {recursive: true}))
  return (name, bytes) => {
    const path = join(directory, name)
    writeFileSync(path, bytes)
    return path
  }
}

/** Bytes without a pattern, the same each time. */
export function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  // Looked up once: under jest a global costs a call to get at.
  const {imul} = Math
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** CRC-64 bit by bit, as the definition says. Source: crc64.c. */
export function slowCrc(bytes: Uint8Array): string {
  let crc = 0n
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (0x95ac9329ac4bc9b5n & -(crc & 1n))
  }
  return crc.toString(16)
}
