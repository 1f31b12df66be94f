import {closeSync} from 'node:fs'
import {FormatError} from '../formats/errors.ts'
import {type Chunks, dropFirst, peekChunks} from './chunks.ts'
import {detectHead, HEAD_SIZE} from './detect.ts'
import {InputError} from './input-error.ts'
import {isServer} from './server-name.ts'
import {
  type FileSource,
  type Identity,
  openFile,
  readAt,
  sizeNow,
  verifyUnchanged,
} from './source-file.ts'
import {gunzipChunks} from './source-gz.ts'
import {stdinChunks} from './source-stdin.ts'
import {unzstChunks} from './source-zst.ts'

/** An input, open at an offset, with what it was wrapped in taken off. Exactly one of `file` and `chunks` is there. */
export interface OpenInput {
  readonly path: string
  /** Bytes from the beginning to the end, -1 when unknown. */
  readonly size: number
  /** How it was wrapped, outermost first. */
  readonly wrapped: ('gz' | 'zst')[]
  /** Its first HEAD_SIZE bytes, wherever it was opened. */
  readonly head: Uint8Array
  readonly file: FileSource | null
  readonly chunks: Chunks | null
  /** Bytes taken from the disk or the pipe so far. Only counted for chunks. */
  consumed(): number
  close(): void
}

export interface OpenOptions {
  /** Where reading starts, in unwrapped bytes. */
  offset?: number
  /** Take off gz and zst (default), or read the bytes as they are. */
  unwrap?: boolean
  /** How many times its size a wrapped input may expand to. */
  maxExpand?: number
  /**
   * The file may grow, and is not held against what it was. It stays open: asked for again it is the same one at its size by then,
   * also when it has been removed or replaced meanwhile. One at a time.
   */
  live?: boolean
}

/** gz and zst reach 1000 to 1 and more; a dump of a dataset does not. */
export const MAX_EXPAND = 500
/** Expanding to this much is no attack. */
const EXPAND_FLOOR = 0x10000000
const MAX_WRAPPERS = 2
const FILE_CHUNK = 0x10000

/** What is no file: bytes that come over a network. */
export interface RemoteInput {
  readonly chunks: Chunks
  /** Hang up, also while it is still being opened. */
  close(): void
}

/** Opens an input that `isServer` names, anew each time. Given from outside: this layer knows no protocol. */
export type OpenRemote = (name: string) => RemoteInput

/** Opens the inputs of one run, and knows in the end whether they stayed the same. */
export class Inputs {
  private readonly identities = new Map<string, Identity>()
  private readonly openRemote: OpenRemote | undefined
  private readonly remotes: RemoteInput[] = []
  private stdinTaken = false
  private live: FileSource | null = null

  constructor(openRemote?: OpenRemote) {
    this.openRemote = openRemote
  }

  /** @throws InputError also `INPUT_CHANGED`, if it was opened before and is another file now. */
  openFile(path: string): FileSource {
    const before = this.identities.get(path)
    if (before) verifyUnchanged(path, before)
    const file = openFile(path)
    this.identities.set(path, before ?? file.identity)
    return file
  }

  /** @throws InputError, FormatError `WRAPPER`, `TRUNCATED` where not even the head can be expanded. */
  async open(path: string, options: OpenOptions = {}): Promise<OpenInput> {
    if (path === '-') return this.openStdin(options)
    if (this.openRemote !== undefined && isServer(path)) {
      const remote = this.openRemote(path)
      this.remotes.push(remote)
      const start = (count: Count) => counted(remote.chunks, count)
      return unwrapped(path, start, () => remote.close(), {...options, unwrap: false})
    }
    const file = options.live ? this.openLive(path) : this.openFile(path)
    const close = options.live ? () => {} : () => closeSync(file.fd)
    const head = fileHead(file)
    if (options.unwrap !== false && isWrapped(head)) {
      return unwrapped(path, (count) => fileChunks(file, count), close, options)
    }
    return {
      path,
      size: file.size,
      wrapped: [],
      head,
      file,
      chunks: null,
      consumed: () => 0,
      close,
    }
  }

  /** Give up the live file: asked for again it is what is there then. */
  closeLive(): void {
    if (this.live) closeSync(this.live.fd)
    this.live = null
  }

  /** @throws InputError `INPUT_CHANGED` if somebody wrote to, replaced or removed what was opened. */
  verify(): void {
    for (const [path, identity] of this.identities) verifyUnchanged(path, identity)
  }

  /** Verify what was opened so far, or only `path`, and watch it no longer. */
  settle(path?: string): void {
    for (const [opened, identity] of this.identities) {
      if (path !== undefined && path !== opened) continue
      verifyUnchanged(opened, identity)
      this.identities.delete(opened)
    }
  }

  /** Stop waiting for stdin and servers, also where they are still being opened. */
  close(): void {
    for (const remote of this.remotes) remote.close()
    if (this.stdinTaken) process.stdin.destroy()
    this.closeLive()
  }

  private openLive(path: string): FileSource {
    if (this.live?.path !== path) {
      this.closeLive()
      this.live = openFile(path)
    }
    return {...this.live!, size: sizeNow(this.live!)}
  }

  private async openStdin(options: OpenOptions): Promise<OpenInput> {
    if (this.stdinTaken) throw new InputError('INPUT_KIND', '-', 'stdin can be read only once')
    this.stdinTaken = true
    const close = () => void process.stdin.destroy()
    return unwrapped('-', (count) => counted(stdinChunks(), count), close, options)
  }
}

/** The first bytes of a file. */
export function fileHead(file: FileSource): Uint8Array {
  const head = new Uint8Array(HEAD_SIZE)
  return head.subarray(0, readAt(file, head, 0, HEAD_SIZE, 0))
}

export function isWrapped(head: Uint8Array): boolean {
  const {kind} = detectHead(head)
  return kind === 'gz' || kind === 'zst'
}

type Count = (bytes: number) => void

async function unwrapped(
  path: string,
  start: (count: Count) => Chunks,
  close: () => void,
  options: OpenOptions,
): Promise<OpenInput> {
  let consumed = 0
  const wrapped: ('gz' | 'zst')[] = []
  let peeked = await peekChunks(
    start((bytes) => (consumed += bytes)),
    HEAD_SIZE,
  )
  while (options.unwrap !== false && wrapped.length < MAX_WRAPPERS) {
    const {kind} = detectHead(peeked.head)
    if (kind !== 'gz' && kind !== 'zst') break
    wrapped.push(kind)
    const expand = kind === 'gz' ? gunzipChunks : unzstChunks
    peeked = await peekChunks(expand(peeked.chunks), HEAD_SIZE)
  }
  let chunks = peeked.chunks
  if (wrapped.length > 0) {
    chunks = limitExpansion(chunks, () => consumed, options.maxExpand ?? MAX_EXPAND)
  }
  return {
    path,
    size: -1,
    wrapped,
    head: peeked.head,
    file: null,
    chunks: options.offset ? dropFirst(chunks, options.offset) : chunks,
    consumed: () => consumed,
    close,
  }
}

/** @throws FormatError `LIMIT` once far more came out than went in. */
async function* limitExpansion(chunks: Chunks, consumed: () => number, times: number): Chunks {
  let offset = 0
  for await (const chunk of chunks) {
    offset += chunk.length
    if (offset > EXPAND_FLOOR && offset > consumed() * times) {
      const detail = `expands to more than ${times} times its size; --max-expand allows more`
      throw new FormatError('LIMIT', offset, detail)
    }
    yield chunk
  }
}

async function* fileChunks(file: FileSource, count: Count): Chunks {
  const chunk = new Uint8Array(FILE_CHUNK)
  for (let position = 0; position < file.size; ) {
    const length = readAt(file, chunk, 0, Math.min(FILE_CHUNK, file.size - position), position)
    if (length === 0) return // shorter than it was; verify() says so
    position += length
    count(length)
    yield chunk.subarray(0, length)
  }
}

async function* counted(chunks: Chunks, count: Count): Chunks {
  for await (const chunk of chunks) {
    count(chunk.length)
    yield chunk
  }
}
