/**
 * A live server as the bytes of an RDB: functions, then each database by SCAN, each key by DUMP and its expiry, pipelined. So
 * whatever reads a file reads a server. Of a cluster all masters are read, one after the other.
 *
 * What the server counts as changes is compared before and after: a digest of data that moved meanwhile would be of no dataset that
 * ever was. Keys that expire on the way are no change: they are there or not as if they had been read a moment earlier or later.
 */
import {Exit, RespiteError} from '../errors.ts'
import {RecordWriter} from '../formats/aof/writer.ts'
import {Growable} from '../formats/packed/growable.ts'
import {PayloadStream} from '../formats/rdb/payload-stream.ts'
import {text} from '../formats/text.ts'
import {Client, type Waiter} from './client.ts'
import {mastersOf, readSlots} from './cluster-slots.ts'
import {KeyRead, type KeyReader} from './key-read.ts'
import {failedCommand} from './net-error.ts'
import {
  databasesOf,
  isCluster,
  isSince7,
  producerFields,
  readInfo,
  type ServerInfo,
} from './server-info.ts'
import type {ServerSettings} from './server-settings.ts'

type Bytes = AsyncGenerator<Uint8Array, void, undefined>

const PAGE = '512'
/** Keys that are asked for at a time; fewer where values are large: the server holds what it has answered and we have not read. */
const IN_FLIGHT_MAX = 512
const IN_FLIGHT_BYTES = 0x800000
const CHUNK = 0x40000
/** Past this many bytes that nobody took, the server has to wait. */
const READY_MAX = 0x800000

/** @throws RespiteError AUTH, NETWORK; INPUT_CHANGED at the end. */
export async function* serverRdb(settings: ServerSettings, until: AbortSignal): Bytes {
  const client = await Client.connect(settings, until)
  try {
    const info = await readInfo(client)
    const stream = new PayloadStream(producerFields(info))
    if (!isCluster(info)) yield* new ServerReader(client, stream, info, settings.db).read()
    else yield* clusterRdb(client, stream, settings, until)
    stream.end()
    yield stream.out.bytes.slice(0, stream.out.length)
  } finally {
    client.close()
  }
}

async function* clusterRdb(
  client: Client,
  stream: PayloadStream,
  settings: ServerSettings,
  until: AbortSignal,
): Bytes {
  let first = true
  for (const master of mastersOf(await readSlots(client, settings), settings)) {
    const node = await Client.connect(master, until)
    try {
      // Every node has all functions: those of the first stand for all.
      const reader = new ServerReader(node, stream, await readInfo(node), settings.db)
      yield* reader.read(first)
      first = false
    } finally {
      node.close()
    }
  }
}

class ServerReader implements KeyReader {
  readonly client: Client
  readonly since7: boolean
  readonly stream: PayloadStream
  private readonly info: ServerInfo
  private readonly onlyDb: number | null
  private readonly record: RecordWriter
  private readonly command = new Growable()
  private readonly ready: Uint8Array[] = []
  private readyBytes = 0
  private keys = 0
  /** Keys that SCAN gave and that are not asked for yet. */
  private waiting: Uint8Array[] = []
  private inFlight = 0
  /** Bytes of a payload, as far as those before let expect. */
  private expected = IN_FLIGHT_BYTES / 16
  private failure: Error | null = null
  private wake: (() => void) | null = null

  constructor(client: Client, stream: PayloadStream, info: ServerInfo, onlyDb: number | null) {
    this.client = client
    this.stream = stream
    this.info = info
    this.since7 = isSince7(info)
    this.onlyDb = onlyDb
    const {command} = this
    this.record = new RecordWriter({
      write: (memory, start, end) => command.append(memory, start, end),
    })
  }

  async *read(withFunctions = true): Bytes {
    const {client, stream, onlyDb} = this
    if (withFunctions && onlyDb === null && this.since7) {
      stream.libraries((await client.call('FUNCTION', 'DUMP')) as Uint8Array)
    }
    for (const {db} of databasesOf(this.info)) {
      if (onlyDb === null || onlyDb === db) yield* this.readDatabase(db)
    }
    this.verify(await readInfo(client))
  }

  send(waiter: Waiter, name: string, key: Uint8Array | null): void {
    const {record, command} = this
    record.addText(name)
    if (key !== null) record.add(key, 0, key.length)
    record.end()
    this.client.send(command.bytes.subarray(0, command.length), waiter)
    command.clear()
  }

  /** A key and its value are complete. */
  entry(key: Uint8Array, payload: Uint8Array, expiresAtMs: number | null): void {
    this.keys++
    try {
      this.stream.entry(key, payload, expiresAtMs)
    } catch (error) {
      return this.failed(error as Error)
    }
    if (this.stream.out.length < CHUNK) return
    this.push()
    if (this.readyBytes > READY_MAX) this.client.pause()
    this.awake()
  }

  refused(command: string, error: string): void {
    this.failed(failedCommand(this.client.name, command, error))
  }

  failed(error: Error): void {
    this.failure ??= error
    this.awake()
  }

  finished(payloadBytes: number): void {
    this.inFlight--
    this.expected = Math.max(payloadBytes, this.expected * 0.95)
    this.pump()
    if (this.inFlight === 0 || this.waiting.length < IN_FLIGHT_MAX) this.awake()
  }

  private pump(): void {
    const most = Math.min(IN_FLIGHT_MAX, Math.ceil(IN_FLIGHT_BYTES / this.expected))
    while (this.inFlight < most) {
      const key = this.waiting.pop()
      if (key === undefined) return
      this.inFlight++
      new KeyRead(this, key).begin()
    }
  }

  private async *readDatabase(db: number): Bytes {
    const {client} = this
    await client.call('SELECT', String(db))
    this.stream.selectDb(db)
    for (let cursor = '0'; ; ) {
      const page = client.call('SCAN', cursor, 'COUNT', PAGE)
      const [next, keys] = (yield* this.during(page)) as [Uint8Array, Uint8Array[]]
      this.waiting.push(...keys)
      this.pump()
      cursor = text(next)
      if (cursor === '0') break
      yield* this.handOver(() => this.waiting.length >= IN_FLIGHT_MAX)
    }
    yield* this.handOver(() => this.inFlight > 0 || this.waiting.length > 0)
  }

  /** Wait for something, and hand over what arrives meanwhile. */
  private async *during<T>(event: Promise<T>): AsyncGenerator<Uint8Array, T, undefined> {
    let done = false
    const settled = event.finally(() => {
      done = true
      this.awake()
    })
    // It is awaited below; until then nobody may look at it.
    settled.catch(() => {})
    yield* this.handOver(() => !done)
    return settled
  }

  /** Hand over what has arrived, and what arrives as long as this is so. */
  private async *handOver(busy: () => boolean): Bytes {
    while (busy() || this.ready.length > 0) {
      if (this.failure !== null) throw this.failure
      if (this.ready.length === 0) await new Promise<void>((wake) => (this.wake = wake))
      yield* this.take()
    }
    if (this.failure !== null) throw this.failure
  }

  private *take(): Generator<Uint8Array, void, undefined> {
    for (let chunk = this.ready.shift(); chunk; chunk = this.ready.shift()) {
      this.readyBytes -= chunk.length
      if (this.readyBytes < READY_MAX / 2) this.client.resume()
      yield chunk
    }
  }

  private push(): void {
    const {out} = this.stream
    this.ready.push(out.bytes.slice(0, out.length))
    this.readyBytes += out.length
    out.clear()
  }

  private awake(): void {
    const {wake} = this
    this.wake = null
    wake?.()
  }

  /** Was it the same data all the time? */
  private verify(after: ServerInfo): void {
    const before = this.info
    const differs = CHANGES.some((field) => before.get(field) !== after.get(field))
    if (differs) throw changed(this.client.name, 'was written to while it was read')
    const expired = Number(after.get('expired_keys')) - Number(before.get('expired_keys'))
    const kept = databasesOf(after).filter(({db}) => this.onlyDb === null || this.onlyDb === db)
    const left = kept.reduce((sum, {keys}) => sum + keys, 0)
    // SCAN gives a key twice where the table was made smaller meanwhile.
    if (this.keys > left + expired) throw changed(this.client.name, 'moved its keys while read')
  }
}

/** Fields of INFO that change with every write, and with saving, which sets them back. */
const CHANGES = ['run_id', 'rdb_changes_since_last_save', 'rdb_last_save_time', 'evicted_keys']

function changed(server: string, what: string): RespiteError {
  const next =
    'Try again, hold its writers back with redis-cli CLIENT PAUSE 60000 WRITE, or read a snapshot (redis-cli --rdb dump.rdb).'
  return new RespiteError(Exit.CHANGED, 'INPUT_CHANGED', `${server}: ${what}`, next)
}
