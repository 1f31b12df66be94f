/** Two opinions on a value: what a real server's RESTORE says with deep checks, and what the reader says. */
import {AREA_RAW} from '../../src/formats/bytes/areas.ts'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../src/formats/bytes/inline-feed.ts'
import {FormatError} from '../../src/formats/errors.ts'
import {collectValue} from '../../src/formats/rdb/collect.ts'
import {RdbReader, RdbRecord} from '../../src/formats/rdb/reader.ts'
import {newTally, skipRun} from '../../src/formats/rdb/run.ts'
import {bytes, type Part, str, u16le, u64le} from '../support/bytes.ts'
import {kernel} from '../support/kernel.ts'
import {type RunningServer, startServer} from '../support/server.ts'

/** A value as RESTORE takes it, without version and checksum. */
export interface Payload {
  readonly name: string
  readonly type: number
  readonly body: Part
}

export interface Verdict {
  readonly accepted: boolean
  /** What was said: an error's code and text, or a server's reply. */
  readonly why: string
}

/** The newest RDB version of a server, which its DUMP payloads carry. */
export interface Level {
  readonly magic: 'REDIS' | 'VALKEY'
  readonly version: number
}

export function levelOf(version: string): Level {
  const [brand, numbers] = version.split(' ')
  const [major, minor] = numbers.split('.').map(Number)
  if (brand === 'Valkey') {
    return major >= 9 ? {magic: 'VALKEY', version: 80} : {magic: 'REDIS', version: 11}
  }
  if (major >= 8 || (major === 7 && minor >= 4)) return {magic: 'REDIS', version: 12}
  return {magic: 'REDIS', version: major === 7 && minor >= 2 ? 11 : 10}
}

const feedOf = (input: Uint8Array): InlineFeed =>
  new InlineFeed(bufferSource(input), kernel, {slotSize: 0x10000, crc: false})

// Opened at once: only then are there areas behind its window.
const cursor = new Cursor(kernel).open(feedOf(new Uint8Array(0)))

/** Type, body, version, checksum: a server would notice a checksum that is wrong. */
function payloadOf({type, body}: Payload, version: number): Buffer {
  const content = bytes(type, body, u16le(version))
  const at = cursor.area(AREA_RAW, content.length)
  cursor.memory.set(content, at)
  return bytes(content, u64le(kernel.crcOf(0n, at, at + content.length)))
}

const BATCH = 100
const ARGS = [
  ...['--sanitize-dump-payload', 'yes'],
  ...['--crash-log-enabled', 'no', '--crash-memcheck-enabled', 'no'],
]

/** A server that RESTOREs payload after payload. One that dies of a payload refuses it, and is started again. */
export class RestoreServer {
  /** Names of the payloads that ended it. */
  readonly crashes: string[] = []
  private readonly program: string | undefined
  private server: RunningServer | null = null

  constructor(program?: string) {
    this.program = program
  }

  async verdicts(payloads: readonly Payload[], version: number): Promise<Verdict[]> {
    const verdicts: Verdict[] = []
    for (let at = 0; at < payloads.length; at += BATCH) {
      verdicts.push(...(await this.batch(payloads.slice(at, at + BATCH), version)))
    }
    return verdicts
  }

  async stop(): Promise<void> {
    await this.server?.stop()
    this.server = null
  }

  private async start(): Promise<RunningServer> {
    this.server ??= await startServer({program: this.program, args: ARGS})
    return this.server
  }

  /** All at once; when the server dies underway, one by one, to learn of which. */
  private async batch(payloads: readonly Payload[], version: number): Promise<Verdict[]> {
    const {client} = await this.start()
    const asked = payloads.map((each) =>
      client.raw('RESTORE', 'key', 0, payloadOf(each, version), 'REPLACE'),
    )
    // Some values end a server when they are freed.
    asked.push(client.raw('DEL', 'key'))
    const replies = await Promise.allSettled(asked)
    if (replies.every(({status}) => status === 'fulfilled')) {
      const values = replies.map((each) => (each as PromiseFulfilledResult<unknown>).value)
      return values.slice(0, -1).map(verdictOf)
    }
    await this.stop()
    if (payloads.length === 1) {
      this.crashes.push(payloads[0].name)
      return [{accepted: false, why: 'the server died'}]
    }
    const verdicts: Verdict[] = []
    for (const each of payloads) verdicts.push(...(await this.batch([each], version)))
    return verdicts
  }
}

function verdictOf(reply: unknown): Verdict {
  const why = reply instanceof Error ? reply.message : String(reply)
  return {accepted: why === 'OK', why}
}

/** A reader at the first entry of an RDB that holds exactly the bytes that RESTORE is given. */
function readerOf(file: Buffer): RdbReader {
  const reader = new RdbReader(cursor.open(feedOf(file)), {checksum: false})
  reader.readHeader()
  return reader
}

/** A file up to where its first value and what RESTORE sees behind it ends. */
function fileOf(payload: Payload, {magic, version}: Level): Buffer {
  const digits = String(version).padStart(magic === 'REDIS' ? 4 : 3, '0')
  const footed = payloadOf(payload, version).subarray(1)
  return bytes(magic, digits, payload.type, str('key'), footed)
}

const READS: Readonly<Record<string, (r: RdbReader) => void>> = {
  skip: (r) => r.skipValue(),
  visit: (r) => void collectValue((visit) => r.readValue(visit)),
}

/** What the reader says, the three ways there are to read a value agreeing on it. @throws Error when they do not. */
export function ourVerdict(payload: Payload, level: Level): Verdict {
  const run = (r: RdbReader): boolean => {
    const tally = newTally()
    skipRun(r, tally, null, 1)
    return tally.entries === 1
  }
  const file = fileOf(payload, level)
  const opinions = Object.values(READS).map((read) =>
    opinion(file, (r) => {
      if (r.next() !== RdbRecord.ENTRY) throw new FormatError('RDB_OPCODE', 0, 'no value')
      read(r)
    }),
  )
  const fast = run(readerOf(file))
  if (opinions[0].accepted !== opinions[1].accepted || (fast && !opinions[0].accepted)) {
    const said = opinions.map(({accepted, why}) => `${accepted} ${why}`)
    throw new Error(`${payload.name}: skip ${said[0]}, visit ${said[1]}, run ${fast}`)
  }
  return opinions[0]
}

function opinion(file: Buffer, read: (r: RdbReader) => void): Verdict {
  const reader = readerOf(file)
  try {
    read(reader)
    const doubts = reader.doubts.map(({code, message}) => `${code} ${message}`)
    return {accepted: true, why: doubts.join('; ')}
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return {accepted: false, why: `${error.code} ${error.message}`}
  }
}
