import {closeSync} from 'node:fs'
import type {ByteSource} from '../formats/bytes/feed.ts'
import {InlineFeed} from '../formats/bytes/inline-feed.ts'
import type {Kernel} from '../formats/kernel/kernel.ts'
import {COUNTERS, type FeedOptions, type Host, type InputFeed} from './host.ts'
import {fileHead, type Inputs, isWrapped} from './open-input.ts'
import {isServer} from './server-name.ts'
import {type FileSource, readAt, shrunk} from './source-file.ts'

/** The calling thread cannot serve this input: it is large, wrapped, stdin, or a server, or more comes out of it than is kept. */
export class NeedsWorker extends Error {
  override readonly name = 'NeedsWorker'
}

export interface InlineHost extends Host {
  /** What was emitted, in order. */
  readonly chunks: Uint8Array[]
  /** Close what is open. */
  close(): void
}

/**
 * A host that reads in the calling thread. `open` throws NeedsWorker for what it is not made for, `emit` for more than
 * `emittedLimit` bytes in all: nobody can read them before the operation ends.
 */
export function createInlineHost(
  kernel: Kernel,
  inputs: Inputs,
  limit: number,
  slotSize: number,
  emittedLimit = Number.POSITIVE_INFINITY,
): InlineHost {
  let current: InputFeed | null = null
  let room = emittedLimit
  const chunks: Uint8Array[] = []
  return {
    kernel,
    chunks,
    counters: new Float64Array(COUNTERS),
    open(path, options = {}) {
      current?.close()
      current = null
      if (path === '-' || isServer(path) || options.live) throw new NeedsWorker()
      const file = inputs.openFile(path)
      try {
        current = openInline(file, kernel, options, limit, slotSize)
      } catch (error) {
        closeSync(file.fd)
        throw error
      }
      return current
    },
    emit(chunk) {
      room -= chunk.length
      if (room < 0) throw new NeedsWorker()
      chunks.push(chunk)
    },
    closeLive() {},
    pause() {
      throw new NeedsWorker()
    },
    settle: (path) => inputs.settle(path),
    close() {
      current?.close()
      current = null
    },
  }
}

function openInline(
  file: FileSource,
  kernel: Kernel,
  options: FeedOptions,
  limit: number,
  slotSize: number,
): InputFeed {
  const head = fileHead(file)
  if (file.size > limit || (options.unwrap !== false && isWrapped(head))) throw new NeedsWorker()
  let open = true
  const feed = new InlineFeed(fileByteSource(file, options.offset ?? 0), kernel, {
    slotSize,
    crc: options.crc,
  })
  return Object.assign(feed, {
    path: file.path,
    wrapped: [],
    head,
    seekable: true,
    repeatable: true,
    close() {
      if (open) closeSync(file.fd)
      open = false
    },
  })
}

/** A file, from an offset on, for a feed in the same thread. */
export function fileByteSource(
  file: Pick<FileSource, 'fd' | 'path' | 'size'>,
  offset: number,
): ByteSource {
  let position = offset
  return {
    size: file.size,
    read(memory, start, end) {
      const wanted = Math.min(end - start, Math.max(0, file.size - position))
      const length = readAt(file, memory, start, start + wanted, position)
      if (length < wanted) throw shrunk(file.path)
      position += length
      return length
    },
  }
}
