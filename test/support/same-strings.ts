/** Runs commands on a real server and on the engine, and tells what differs: errors, and what strings are then. */
import {Kind, setValue} from '../../src/engine/values/kinds.ts'
import type {EngineUnderTest, Word} from './engine.ts'
import type {RespClient} from './resp-client.ts'
import {RespError} from './resp-client.ts'

const asArgument = (word: Word) =>
  word instanceof Uint8Array ? word : Buffer.from(String(word), 'latin1')

/** Put something that is no string under `key`. */
export function addOther({keyspace}: EngineUnderTest, key: string): void {
  const bytes = Buffer.from(key)
  const entry = keyspace.database(0).add(bytes, 0, bytes.length, Kind.SET)
  setValue(keyspace, entry, Kind.SET, keyspace.addObject(new Set()))
}

/** Run one command on both. A difference in errors is put to `found`: in their texts too, unless `texts` is false. */
export async function runBoth(
  client: RespClient,
  engine: EngineUnderTest,
  command: readonly Word[],
  found: string[],
  texts = true,
): Promise<void> {
  const reply = await client.raw(...command.map(asArgument))
  const wanted = reply instanceof RespError ? reply.message : null
  const got = engine.run(...command)
  const differs = texts ? wanted !== got : (wanted === null) !== (got === null)
  if (differs) found.push(`${show(command)}: ${wanted} and not ${got}`)
}

/** Look whether the keys hold the same: bytes, expiry, and unless told not to, encoding. */
export async function compareStrings(
  client: RespClient,
  engine: EngineUnderTest,
  keys: readonly string[],
  found: string[],
  encodings = true,
): Promise<void> {
  for (const key of keys) {
    const wanted = await stateOnServer(client, key, encodings)
    const got = stateInEngine(engine, key, encodings)
    if (wanted !== got) found.push(`${key}:\n  ${wanted}\n  ${got}`)
  }
}

async function stateOnServer(client: RespClient, key: string, encodings: boolean): Promise<string> {
  const [type, encoding, expiry] = await Promise.all([
    client.text('TYPE', key),
    client.command('OBJECT', 'ENCODING', key),
    client.command('PEXPIRETIME', key),
  ])
  if (type !== 'string') return type
  const value = (await client.command('GET', key)) as Buffer
  return [value.toString('hex'), encodings && encoding, expiry].join(' ')
}

function stateInEngine(engine: EngineUnderTest, key: string, encodings: boolean): string {
  const value = engine.value(0, key)
  if (value === null) return 'none'
  if (value.type !== 'string') return value.type
  const expiry = engine.expiresAtMs(0, key) ?? -1
  return [
    Buffer.from(value.value).toString('hex'),
    encodings && engine.encoding(0, key),
    expiry,
  ].join(' ')
}

const show = (command: readonly Word[]): string =>
  command
    .map((word) => (word instanceof Uint8Array ? `0x${Buffer.from(word).toString('hex')}` : word))
    .join(' ')
    .slice(0, 300)
