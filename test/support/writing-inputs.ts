/** What writing commands are given, and the canaries in it. Each fills a folder. */
import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {record} from './aof.ts'
import {bytes, entry, rdbFile, selectDb, str} from './bytes.ts'
import {fixture} from './fixtures.ts'

/** Values hold it, and no error may. */
export const CANARY_VALUE = 'canary-value-1f3a9c'
/** Keys hold it. Reports may name keys. */
export const CANARY_KEY = 'canary-key-77be02'
/** Servers and their logs are given it; nothing may tell it. */
export const CANARY_PASSWORD = 'canary-password-5d21'

const DAMAGE = 'XXXX'

/** More than two blocks of the writer, with damage in the middle. */
export function damagedLog(folder: string): void {
  const set = (i: number) =>
    record('SET', `${CANARY_KEY}:${i}`, `${CANARY_VALUE} ${'v'.repeat(60 + (i % 17))}`)
  const half = (from: number) => Array.from({length: 2500}, (_, i) => set(from + i))
  const lost = bytes(DAMAGE, set(9999).subarray(DAMAGE.length))
  writeFileSync(
    join(folder, 'log.aof'),
    bytes(record('SELECT', '0'), ...half(0), lost, ...half(2500)),
  )
}

export function damagedSet(folder: string): void {
  cpSync(fixture('redis-7.0.15/aof-small-multi').path, join(folder, 'data'), {recursive: true})
  const logs = join(folder, 'data/appendonlydir')
  const good = record('SET', CANARY_KEY, CANARY_VALUE)
  for (const seq of [3, 4]) {
    const lost = bytes(DAMAGE, record('SET', 'lost', CANARY_VALUE).subarray(DAMAGE.length))
    const flag = {flag: 'a'}
    writeFileSync(join(logs, `appendonly.aof.${seq}.incr.aof`), bytes(good, lost, good, good), flag)
  }
}

/** All keys are flushed, and one is written after that. */
export function flushedLog(folder: string): void {
  const keys = Array.from({length: 5000}, (_, i) =>
    record('SET', `${CANARY_KEY}:${i}`, `${CANARY_VALUE} ${'v'.repeat(60 + (i % 17))}`),
  )
  const later = record('SET', `${CANARY_KEY}:later`, CANARY_VALUE)
  writeFileSync(
    join(folder, 'log.aof'),
    bytes(record('SELECT', '0'), ...keys, record('FLUSHALL'), later),
  )
}

/** What of it is left takes more than two blocks of the writer. */
export function overwrittenLog(folder: string): void {
  const set = (i: number) =>
    record('SET', `${CANARY_KEY}:${i % 4000}`, `${CANARY_VALUE} ${'v'.repeat(90 + (i % 17))}`)
  const records = Array.from({length: 8000}, (_, i) => set(i))
  writeFileSync(join(folder, 'log.aof'), bytes(record('SELECT', '0'), ...records))
}

/** In the one but last log; a point behind command #100 lies in the same, and the last leaves the set. */
export function flushedSet(folder: string): void {
  cpSync(fixture('redis-7.0.15/aof-small-multi').path, join(folder, 'data'), {recursive: true})
  const log = join(folder, 'data/appendonlydir/appendonly.aof.3.incr.aof')
  const set = record('SET', CANARY_KEY, CANARY_VALUE)
  writeFileSync(log, bytes(set, record('FLUSHALL'), set), {flag: 'a'})
}

export function snapshot(folder: string): void {
  cpSync(fixture('redis-7.0.15/small').path, join(folder, 'dump.rdb'))
}

/** Parts that a later one has and has not, and what belongs to somebody else. */
export function olderSplit(output: string): void {
  mkdirSync(join(output, 'theirs'), {recursive: true})
  const parts = [{file: 'db-0.rdb'}, {file: 'db-99.rdb'}]
  const index = JSON.stringify({schema: 'respite.split-index/1', parts})
  writeFileSync(join(output, 'split.json'), index)
  for (const name of ['db-0.rdb', 'db-99.rdb', 'mine', 'theirs/more']) {
    writeFileSync(join(output, name), 'older')
  }
}

/** Cut inside of its last records. */
export function damagedSnapshot(folder: string): void {
  const whole = readFileSync(fixture('redis-7.0.15/small').path)
  writeFileSync(join(folder, 'dump.rdb'), whole.subarray(0, whole.length - 40))
}

/** Every other value is another one. */
export function twoLogs(folder: string): void {
  for (const name of ['a', 'b']) {
    const value = (i: number) => (i % 2 ? name : 'same')
    const keys = Array.from({length: 3000}, (_, i) =>
      record('SET', `${CANARY_KEY}:${i}`, `${CANARY_VALUE} ${value(i)}${'v'.repeat(200)}`),
    )
    writeFileSync(join(folder, `${name}.aof`), bytes(record('SELECT', '0'), ...keys))
  }
}

/** What a server sends: more than two blocks of the writer. */
export function pulledSnapshot(): Uint8Array {
  const keys = Array.from({length: 5000}, (_, i) =>
    entry(0, `${CANARY_KEY}:${i}`, str(`${CANARY_VALUE} ${'v'.repeat(60 + (i % 17))}`)),
  )
  return rdbFile({version: 10, body: bytes(selectDb(0), ...keys)})
}
