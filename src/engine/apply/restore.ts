import type {LogicalType} from '../../formats/rdb/types.ts'
import {type Apply, type Call, CommandError, syntaxError} from '../call.ts'
import type {Keyspace} from '../keyspace.ts'
import {PayloadError} from '../payloads.ts'
import type {ValueLoader} from '../values/ops.ts'
import {VALUE_OPS} from '../values/table.ts'
import {isPast} from './is-past.ts'

/** RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ count]. Source: restoreCommand() in cluster.c. */
function restore(call: Call): void {
  let overwrite = false
  let absolute = false
  for (let i = 4; i < call.argc; i++) {
    if (call.is(i, 'REPLACE')) overwrite = true
    else if (call.is(i, 'ABSTTL')) absolute = true
    else if (call.is(i, 'IDLETIME') && i + 1 < call.argc) {
      if (call.bigint(++i) < 0n) throw new CommandError('ERR Invalid IDLETIME value, must be >= 0')
    } else if (call.is(i, 'FREQ') && i + 1 < call.argc) {
      const freq = call.bigint(++i)
      if (freq < 0n || freq > 255n) {
        throw new CommandError('ERR Invalid FREQ value, must be >= 0 and <= 255')
      }
    } else throw syntaxError()
  }
  if (!overwrite && call.find(1) !== 0) {
    throw new CommandError('BUSYKEY Target key name already exists.')
  }
  const ttl = call.integer(2)
  if (ttl < 0) throw new CommandError('ERR Invalid TTL value, must be >= 0')
  const loader = read(call)
  const expiresAtMs = ttl === 0 ? null : absolute ? ttl : ttl + call.nowMs
  call.reply.simple('OK')
  if (expiresAtMs !== null && isPast(call, expiresAtMs)) return vanish(call)
  put(call, loader, expiresAtMs)
  call.changes++
  if (call.answers && expiresAtMs !== null && !absolute) tellAbsolute(call, expiresAtMs)
}

/** What expires at once is not there, and neither is what it replaced. */
function vanish(call: Call): void {
  const old = call.find(1)
  if (old === 0) return
  call.db.remove(old)
  call.changes++
  call.tell('DEL', call.bytes(1))
}

/** Logs are told when the key expires. */
function tellAbsolute(call: Call, expiresAtMs: number): void {
  const words: (Uint8Array | number)[] = Array.from({length: call.argc}, (_, i) => call.bytes(i))
  words[2] = expiresAtMs
  call.tell(...words, 'ABSTTL')
}

/** They hold memory, to use it again. */
const LOADERS = new WeakMap<Keyspace, Map<LogicalType, ValueLoader>>()

function loaderOf(keyspace: Keyspace, logical: LogicalType): ValueLoader {
  const loaders = LOADERS.get(keyspace) ?? new Map<LogicalType, ValueLoader>()
  LOADERS.set(keyspace, loaders)
  const loader = loaders.get(logical) ?? VALUE_OPS[logical].loader(keyspace)
  loaders.set(logical, loader)
  return loader
}

/** The value is whole before the key that it replaces is touched. */
function read(call: Call): ValueLoader {
  let loader: ValueLoader | null = null
  try {
    call.payloads.read(call.bytes(3), (logical) => {
      loader = loaderOf(call.keyspace, logical)
      return loader
    })
  } catch (error) {
    if (error instanceof PayloadError) throw new CommandError(error.message)
    throw error
  }
  if (loader === null) throw new CommandError('ERR Bad data format')
  return loader
}

function put(call: Call, loader: ValueLoader, expiresAtMs: number | null): void {
  const {db, memory, starts, ends} = call
  const old = call.find(1)
  if (old !== 0) db.remove(old)
  const entry = loader.into(db, db.add(memory, starts[1], ends[1], 0))
  if (entry === 0) throw new CommandError('ERR Bad data format')
  db.setExpiry(entry, expiresAtMs)
}

export const RESTORE_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['RESTORE', restore],
  ['RESTORE-ASKING', restore],
]
