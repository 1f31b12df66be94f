import {fstatSync, readSync} from 'node:fs'
import type {Chunks} from './chunks.ts'
import {InputError, inputError} from './input-error.ts'

const STDIN = 0
const FILE_CHUNK = 0x40000

/** What comes in through stdin; the pipe fills up while nobody asks for the next chunk. */
export async function* stdinChunks(): Chunks {
  try {
    // A file that was redirected is read directly: through a stream each 64 KiB go to another thread and back.
    if (fstatSync(STDIN).isFile()) yield* redirectedFile()
    else yield* pipe()
  } catch (error) {
    throw inputError(error, '-')
  }
}

async function* pipe(): Chunks {
  if (process.stdin.isTTY) {
    const how = 'stdin is a terminal: redirect a file or a pipe into it'
    throw new InputError('INPUT_KIND', '-', how)
  }
  for await (const chunk of process.stdin) yield chunk
}

/** From where its position is: whoever redirected it may have read a part. */
async function* redirectedFile(): Chunks {
  const chunk = new Uint8Array(FILE_CHUNK)
  for (;;) {
    const length = readSync(STDIN, chunk, 0, FILE_CHUNK, null)
    if (length === 0) return
    yield chunk.subarray(0, length)
  }
}
