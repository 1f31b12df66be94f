import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {once} from 'node:events'
import type {Transform, Writable} from 'node:stream'
import * as zlib from 'node:zlib'
import {FormatError} from '../formats/errors.ts'
import type {Chunks} from './chunks.ts'
import {errorCode} from './error-code.ts'

/**
 * Expand zst: Node's own decoder (22.15 and later), else the `zstd` program.
 * @throws FormatError `TRUNCATED`, `WRAPPER`; `UNSUPPORTED` if there is no decoder.
 */
export function unzstChunks(input: Chunks): Chunks {
  const create = (zlib as {createZstdDecompress?: () => Transform}).createZstdDecompress
  return create ? viaTransform(input, create()) : viaProgram(input)
}

async function* viaTransform(input: Chunks, decoder: Transform): Chunks {
  let offset = 0
  const pumped = pump(input, decoder)
  try {
    for await (const chunk of decoder) {
      offset += chunk.length
      yield chunk
    }
  } catch (error) {
    throw wrapperError(String(error), offset)
  } finally {
    decoder.destroy()
  }
  const failure = await pumped
  if (failure !== null) throw failure
}

async function* viaProgram(input: Chunks): Chunks {
  const child = spawn('zstd', ['-d', '-c', '-q'], {stdio: 'pipe'})
  const exit = exitOf(child)
  let complaint = ''
  child.stderr.setEncoding('latin1').on('data', (text: string) => {
    if (complaint.length < 1000) complaint += text
  })
  let offset = 0
  const pumped = pump(input, child.stdin)
  try {
    for await (const chunk of child.stdout) {
      offset += chunk.length
      yield chunk
    }
    const status = await exit
    if (typeof status === 'object') throw status
    const failure = await pumped
    if (failure !== null) throw failure
    if (status !== 0) throw wrapperError(complaint, offset)
  } finally {
    child.kill()
  }
}

/** Exit status of the program (-1: ended by a signal), or the error that there is no program. */
async function exitOf(child: ChildProcessWithoutNullStreams): Promise<number | Error> {
  try {
    const [code] = await once(child, 'close')
    return code ?? -1
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return error as Error
    const how = 'zst input needs Node 22.15 or later, or the zstd program'
    return new FormatError('UNSUPPORTED', 0, how)
  }
}

/** Write everything, however fast it is taken. Returns what the input failed with, or null; never rejects. */
async function pump(input: Chunks, to: Writable): Promise<unknown> {
  let broken = false
  to.on('error', () => {
    broken = true
  })
  try {
    for await (const chunk of input) {
      if (broken || to.destroyed) return null
      // A copy: the writer keeps it longer than until the next chunk.
      if (!to.write(Uint8Array.from(chunk))) await drained(to)
    }
    return null
  } catch (error) {
    return error
  } finally {
    to.end()
  }
}

function drained(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off('drain', done).off('close', done)
      resolve()
    }
    to.on('drain', done).on('close', done)
    if (to.destroyed) done()
  })
}

function wrapperError(complaint: string, offset: number): FormatError {
  // zstd says "premature end" or "unexpected end", Node "unexpected end of file".
  if (/premature|unexpected end|truncated/i.test(complaint)) {
    return new FormatError('TRUNCATED', offset, 'the zst file ends early')
  }
  return new FormatError('WRAPPER', offset, 'the zst data is damaged')
}
