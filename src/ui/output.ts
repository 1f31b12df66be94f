/** Writing to stdout: batched, with respect for a slow reader, and quiet when the reader leaves. */

import {Exit, RespiteError} from '../errors.ts'

const BATCH_CHARS = 65536

export interface Output {
  /** Queue one line. Cheap; call `flush` now and then when there are many. */
  line(text: string): void
  /** Hand over bytes, behind what is queued, and wait until they have been taken. @throws RespiteError CLOSED_PIPE */
  bytes(bytes: Uint8Array): Promise<void>
  /** True when a batch is full and `flush` should be awaited. */
  readonly full: boolean
  /** Hand everything to the stream and wait until it has been taken. @throws RespiteError CLOSED_PIPE */
  flush(): Promise<void>
}

export function outputTo(stream: NodeJS.WritableStream): Output {
  let pending = ''
  const flush = async () => {
    const text = pending
    pending = ''
    if (text !== '') await written(stream, text)
  }
  return {
    line(text) {
      pending += `${text}\n`
    },
    get full() {
      return pending.length >= BATCH_CHARS
    },
    flush,
    async bytes(bytes) {
      await flush()
      if (bytes.length > 0) await written(stream, bytes)
    },
  }
}

function written(stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A failed write is told twice, to the callback and as an event, and an event that nobody hears ends the process.
    const failed = (error: NodeJS.ErrnoException) => reject(streamError(error))
    stream.once('error', failed)
    stream.write(text, (error) => {
      if (error) return failed(error)
      stream.removeListener('error', failed)
      resolve()
    })
  })
}

function streamError(error: NodeJS.ErrnoException): Error {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') {
    return Object.assign(error, {path: 'standard output'})
  }
  return new RespiteError(Exit.CLOSED_PIPE, 'CLOSED_PIPE', 'the reader closed the pipe')
}
