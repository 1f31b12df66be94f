/** The engine beside a real server: both get the same commands, and must fail and end alike. */
import {isPacked, Kind, valueField} from '../../src/engine/values/kinds.ts'
import {intsetBytes} from '../../src/engine/values/set-members.ts'
import type {Value} from '../../src/formats/rdb/collect.ts'
import type {EngineUnderTest} from './engine.ts'
import {expectEqual} from './expect-equal.ts'
import {type RespClient, RespError} from './resp-client.ts'

export type Words = readonly (string | number | bigint | Buffer)[]

const FAR_MS = 32503680000000

export interface CompareOptions {
  /** Compare OBJECT ENCODING too. */
  readonly encodings?: boolean
  /** Compare the bytes of packed values too; the server must not compress them. */
  readonly bytes?: boolean
}

export class EngineAndServer {
  readonly engine: EngineUnderTest
  private readonly client: RespClient

  constructor(engine: EngineUnderTest, client: RespClient) {
    this.engine = engine
    this.client = client
  }

  /** Empty both, and give both a string and an expiry that all keys named here have until they are removed. */
  async begin(text: string): Promise<void> {
    await this.client.command('FLUSHALL')
    await this.client.command('SET', text, 'x')
    const {keyspace} = this.engine
    keyspace.flushAll()
    const bytes = Buffer.from(text, 'latin1')
    keyspace.database(0).add(bytes, 0, bytes.length, Kind.STRING)
  }

  /** Give both the commands, and compare which fail, and how. */
  async run(commands: readonly Words[]): Promise<void> {
    const replies = commands.map((words) => this.client.raw(...words))
    for (const [i, words] of commands.entries()) {
      const error = this.engine.run(...words)
      const reply = await replies[i]
      const expected = reply instanceof RespError ? reply.message : null
      if (error !== expected) {
        const texts = words.map(String)
        expectEqual({words: texts, error}, {words: texts, error: expected})
      }
    }
  }

  /** Let keys that are there expire far away, in both. */
  async expireLater(keys: readonly string[]): Promise<void> {
    const db = this.engine.keyspace.database(0)
    for (const key of keys) {
      await this.client.command('PEXPIREAT', key, FAR_MS)
      const entry = this.engine.find(0, key)
      if (entry !== 0) db.setExpiry(entry, FAR_MS)
    }
  }

  async compare(keys: readonly string[], options: CompareOptions = {}): Promise<void> {
    await Promise.all(keys.map((key) => this.compareKey(key, options)))
  }

  private async compareKey(key: string, options: CompareOptions): Promise<void> {
    const type = await this.client.text('TYPE', key)
    const [serverValue, expiry, encoding] = await Promise.all([
      this.serverValue(key, type),
      this.client.command('PEXPIRETIME', key),
      options.encodings && type !== 'none' ? this.encoding(key) : undefined,
    ])
    const expected = {
      value: serverValue,
      expiresAtMs: expiryOf(expiry),
      ...(encoding !== undefined && {encoding}),
    }
    const own = {
      value: type === 'string' ? 'string' : plain(this.engine.value(0, key)),
      expiresAtMs: this.engine.expiresAtMs(0, key),
      ...(options.encodings && type !== 'none' && {encoding: this.ownEncoding(key, type)}),
    }
    expectEqual({key, ...own}, {key, ...expected})
    if (options.bytes) await this.compareBytes(key)
  }

  private async compareBytes(key: string): Promise<void> {
    const {keyspace} = this.engine
    const {arena} = keyspace
    const entry = this.engine.find(0, key)
    const kind = entry === 0 ? Kind.STRING : keyspace.database(0).kind(entry)
    if (!isPacked(kind)) return
    const block = valueField(keyspace, entry)
    const size =
      kind === Kind.SET_INTSET ? intsetBytes(keyspace, block) : arena.view.getUint32(block, true)
    const dump = (await this.client.command('DUMP', key)) as Buffer
    const own = Buffer.from(arena.memory.slice(block, block + size)).toString('hex')
    expectEqual(own, blobOf(dump).toString('hex'))
  }

  private encoding(key: string): Promise<string> {
    return this.client.text('OBJECT', 'ENCODING', key)
  }

  private ownEncoding(key: string, type: string): string | null {
    return type === 'string' ? 'embstr' : this.engine.encoding(0, key)
  }

  private async serverValue(key: string, type: string): Promise<unknown> {
    if (type === 'set') return texts(await this.client.command('SMEMBERS', key)).sort()
    if (type === 'zset') {
      const reply = texts(await this.client.command('ZRANGE', key, 0, -1, 'WITHSCORES'))
      return reply.flatMap((text, i) => (i % 2 === 0 ? [[text, scoreOf(reply[i + 1])]] : []))
    }
    if (type !== 'hash') return type === 'none' ? null : type
    const pairs = texts(await this.client.command('HGETALL', key))
    const fields = pairs.filter((_, i) => i % 2 === 0)
    const expiries = await this.fieldExpiries(key, fields)
    return fields.map((field, i) => [field, pairs[i * 2 + 1], expiries[i]]).sort(byFirst)
  }

  private async fieldExpiries(key: string, fields: string[]): Promise<(number | null)[]> {
    const names = fields.map((field) => Buffer.from(field, 'latin1'))
    const reply = await this.client.raw('HPEXPIRETIME', key, 'FIELDS', names.length, ...names)
    // Servers before 7.4 know no such command, and no such expiries.
    return Array.isArray(reply) ? reply.map(expiryOf) : fields.map(() => null)
  }
}

function isDescending(pairs: readonly (readonly [Uint8Array, number])[]): boolean {
  const [[first, low], [last, high]] = [pairs[0], pairs[pairs.length - 1]]
  return low > high || (low === high && Buffer.compare(first, last) > 0)
}

/** What stands behind type byte and length of a DUMP payload, without its footer. */
function blobOf(dump: Buffer): Buffer {
  const header = dump[1] < 0x40 ? 2 : dump[1] < 0x80 ? 3 : 6
  return dump.subarray(header, dump.length - 10)
}

const byFirst = (a: readonly unknown[], b: readonly unknown[]): number =>
  String(a[0]) < String(b[0]) ? -1 : 1

const scoreOf = (text: string): number => Number(text.replace('inf', 'Infinity'))

const expiryOf = (reply: unknown): number | null => (Number(reply) < 0 ? null : Number(reply))

const texts = (reply: unknown): string[] =>
  (reply as Buffer[]).map((each) => each.toString('latin1'))

function plain(value: Value | null): unknown {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
  if (value?.type === 'set') return value.value.map(text).sort()
  if (value?.type === 'zset') {
    const pairs = value.value.map(([member, score]) => [text(member), score])
    // Tables are shown from the highest score down.
    return pairs.length > 1 && isDescending(value.value) ? pairs.reverse() : pairs
  }
  if (value?.type !== 'hash') return value
  return value.value
    .map(({field, value: each, expiresAtMs}) => [text(field), text(each), expiresAtMs])
    .sort(byFirst)
}
