import {constants, createGunzip, type Gunzip} from 'node:zlib'
import {FormatError} from '../formats/errors.ts'
import type {Chunks} from './chunks.ts'

/** One write at most; bounds what a single write can expand to (gzip reaches 1032 to 1) at 32 MiB. */
const PIECE = 0x8000

/**
 * Expand gz, of any number of members. Everything before an error comes out first, the same bytes each time.
 * @throws FormatError `TRUNCATED` where the compressed bytes end early, `WRAPPER` where they are damaged.
 */
export async function* gunzipChunks(input: Chunks): Chunks {
  // Flushing after each write leaves nothing inside when an error comes, which would be lost then.
  const gunzip = createGunzip({flush: constants.Z_SYNC_FLUSH, chunkSize: 0x10000})
  const out: Uint8Array[] = []
  let ended = false
  let offset = 0
  gunzip.on('data', (chunk: Uint8Array) => out.push(chunk))
  gunzip.on('end', () => {
    ended = true
  })
  try {
    for await (const chunk of input) {
      for (let at = 0; at < chunk.length && !ended; at += PIECE) {
        const piece = chunk.subarray(at, at + PIECE)
        const failure = await settled(gunzip, (done) => gunzip.write(piece, done))
        for (const expanded of out.splice(0)) {
          offset += expanded.length
          yield expanded
        }
        if (failure !== null) throw wrapperError(failure, offset)
      }
      // Zero bytes after the last member are padding (gzip's manual); the stream has ended before them.
      if (ended) return
    }
    const failure = await settled(gunzip, (done) => gunzip.once('end', () => done()).end())
    yield* out
    if (failure !== null) throw wrapperError(failure, offset)
  } finally {
    gunzip.destroy()
  }
}

/** Start a step and wait until it is done (null) or the stream fails, in which case `done` may never be called. */
function settled(
  gunzip: Gunzip,
  start: (done: (error?: Error | null) => void) => void,
): Promise<Error | null> {
  return new Promise((resolve) => {
    gunzip.once('error', resolve)
    start((error) => {
      gunzip.off('error', resolve)
      resolve(error ?? null)
    })
  })
}

function wrapperError(error: Error, offset: number): FormatError {
  if ('code' in error && error.code === 'Z_BUF_ERROR') {
    return new FormatError('TRUNCATED', offset, 'the gz file ends early')
  }
  return new FormatError('WRAPPER', offset, `the gz data is damaged: ${error.message}`)
}
