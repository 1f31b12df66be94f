/** Every command that writes files, for the rows of test/reliability that all of them have to pass: a new command is one row. */

import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {record} from './aof.ts'
import {bytes} from './bytes.ts'
import {SOAK} from './campaign.ts'
import {fixture} from './fixtures.ts'

export interface WritingCommand {
  readonly name: string
  /** Run in a folder that `prepare` has filled; whatever is new or changed there afterwards is output. */
  readonly args: readonly string[]
  prepare(folder: string): void
  /** Exit status when all goes well. */
  readonly exit: number
  /** Exit status when its output is complete already. */
  readonly again: number
  /** What it replaces, on purpose. */
  readonly replaces?: RegExp
  /** A directory that is replaced in one piece. */
  readonly whole?: string
}

/** Values hold it, and no error may. */
export const CANARY_VALUE = 'canary-value-1f3a9c'
/** Keys hold it. Reports may name keys. */
export const CANARY_KEY = 'canary-key-77be02'

const DAMAGE = 'XXXX'

/** More than two blocks of the writer, with damage in the middle. */
function damagedLog(folder: string): void {
  const set = (i: number) =>
    record('SET', `${CANARY_KEY}:${i}`, `${CANARY_VALUE} ${'v'.repeat(60 + (i % 17))}`)
  const half = (from: number) => Array.from({length: 2500}, (_, i) => set(from + i))
  const lost = bytes(DAMAGE, set(9999).subarray(DAMAGE.length))
  writeFileSync(
    join(folder, 'log.aof'),
    bytes(record('SELECT', '0'), ...half(0), lost, ...half(2500)),
  )
}

function damagedSet(folder: string): void {
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
function flushedLog(folder: string): void {
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
function overwrittenLog(folder: string): void {
  const set = (i: number) =>
    record('SET', `${CANARY_KEY}:${i % 4000}`, `${CANARY_VALUE} ${'v'.repeat(90 + (i % 17))}`)
  const records = Array.from({length: 8000}, (_, i) => set(i))
  writeFileSync(join(folder, 'log.aof'), bytes(record('SELECT', '0'), ...records))
}

/** In the one but last log; a point behind command #100 lies in the same, and the last leaves the set. */
function flushedSet(folder: string): void {
  cpSync(fixture('redis-7.0.15/aof-small-multi').path, join(folder, 'data'), {recursive: true})
  const log = join(folder, 'data/appendonlydir/appendonly.aof.3.incr.aof')
  const set = record('SET', CANARY_KEY, CANARY_VALUE)
  writeFileSync(log, bytes(set, record('FLUSHALL'), set), {flag: 'a'})
}

function snapshot(folder: string): void {
  cpSync(fixture('redis-7.0.15/small').path, join(folder, 'dump.rdb'))
}

/** Parts that a later one has and has not, and what belongs to somebody else. */
function olderSplit(output: string): void {
  mkdirSync(join(output, 'theirs'), {recursive: true})
  const parts = [{file: 'db-0.rdb'}, {file: 'db-99.rdb'}]
  const index = JSON.stringify({schema: 'respite.split-index/1', parts})
  writeFileSync(join(output, 'split.json'), index)
  for (const name of ['db-0.rdb', 'db-99.rdb', 'mine', 'theirs/more']) {
    writeFileSync(join(output, name), 'older')
  }
}

/** Cut inside of its last records. */
function damagedSnapshot(folder: string): void {
  const whole = readFileSync(fixture('redis-7.0.15/small').path)
  writeFileSync(join(folder, 'dump.rdb'), whole.subarray(0, whole.length - 40))
}

/** Every other value is another one. */
function twoLogs(folder: string): void {
  for (const name of ['a', 'b']) {
    const value = (i: number) => (i % 2 ? name : 'same')
    const keys = Array.from({length: 3000}, (_, i) =>
      record('SET', `${CANARY_KEY}:${i}`, `${CANARY_VALUE} ${value(i)}${'v'.repeat(200)}`),
    )
    writeFileSync(join(folder, `${name}.aof`), bytes(record('SELECT', '0'), ...keys))
  }
}

const ALL: readonly WritingCommand[] = [
  {
    name: 'repair -o of a log',
    args: ['repair', 'log.aof', '-o', 'out.aof'],
    prepare: damagedLog,
    exit: 3,
    again: 2,
  },
  {
    name: 'repair -o --force of a log',
    args: ['repair', 'log.aof', '-o', 'out.aof', '--force'],
    prepare(folder) {
      damagedLog(folder)
      writeFileSync(join(folder, 'out.aof'), record('SET', 'older', 'x'))
    },
    exit: 3,
    again: 3,
    replaces: /^out\.aof$/,
  },
  {
    name: 'repair --in-place of a log',
    args: ['repair', 'log.aof', '--in-place'],
    prepare: damagedLog,
    exit: 3,
    again: 0,
    replaces: /^log\.aof$/,
  },
  {
    name: 'repair -o of a set',
    args: ['repair', 'data', '-o', 'out'],
    prepare: damagedSet,
    exit: 3,
    again: 2,
  },
  {
    name: 'repair --in-place of a set',
    args: ['repair', 'data', '--in-place'],
    prepare: damagedSet,
    exit: 3,
    again: 0,
    replaces: /\.manifest$/,
  },
  {
    name: 'undo -o of a log',
    args: ['undo', 'flushall', 'log.aof', '-o', 'out.aof'],
    prepare: flushedLog,
    exit: 0,
    again: 2,
  },
  {
    name: 'undo --in-place of a log',
    args: ['undo', 'flushall', 'log.aof', '--in-place'],
    prepare: flushedLog,
    exit: 0,
    again: 1,
    replaces: /^log\.aof$/,
  },
  {
    name: 'undo -o of a set',
    args: ['undo', 'flushall', 'data', '-o', 'out'],
    prepare: flushedSet,
    exit: 0,
    again: 2,
  },
  {
    name: 'undo --in-place of a set',
    args: ['undo', 'flushall', 'data', '--in-place'],
    prepare: flushedSet,
    exit: 0,
    again: 1,
    replaces: /\.manifest$/,
  },
  {
    name: 'rewind -o of a log',
    args: ['rewind', 'log.aof', '--to', '#5001', '-o', 'out.aof'],
    prepare: flushedLog,
    exit: 0,
    again: 2,
  },
  {
    name: 'rewind --in-place of a log',
    args: ['rewind', 'log.aof', '--to', '#5001', '--in-place'],
    prepare: flushedLog,
    exit: 0,
    again: 0,
    replaces: /^log\.aof$/,
  },
  {
    name: 'rewind -o of a set',
    args: ['rewind', 'data', '--to', '#100', '-o', 'out'],
    prepare: flushedSet,
    exit: 0,
    again: 2,
  },
  {
    name: 'rewind --in-place of a set',
    args: ['rewind', 'data', '--to', '#100', '--in-place'],
    prepare: flushedSet,
    exit: 0,
    again: 0,
    replaces: /\.manifest$|\.4\.incr\.aof$/,
  },
  {
    name: 'compact -o of a log',
    args: ['compact', 'log.aof', '-o', 'out'],
    prepare: flushedLog,
    exit: 0,
    again: 2,
  },
  {
    name: 'compact -o of a log, as commands in one file',
    args: ['compact', 'log.aof', '-o', 'out.aof', '--single', '--base', 'aof'],
    prepare: overwrittenLog,
    exit: 0,
    again: 2,
  },
  {
    name: 'compact --in-place of a log',
    args: ['compact', 'log.aof', '--in-place'],
    prepare: flushedLog,
    exit: 0,
    again: 0,
    replaces: /^log\.aof$/,
  },
  {
    name: 'compact --in-place of a set',
    args: ['compact', 'data', '--in-place'],
    prepare: flushedSet,
    exit: 0,
    again: 0,
    replaces: /\.manifest$|\.(?:base\.rdb|incr\.aof)$/,
  },
  {
    name: 'compact --keep-since -o of a set',
    args: ['compact', 'data', '--keep-since', '#100', '-o', 'out'],
    prepare: flushedSet,
    exit: 0,
    again: 2,
  },
  {
    name: 'salvage -o',
    args: ['salvage', 'dump.rdb', '-o', 'out.rdb'],
    prepare: damagedSnapshot,
    exit: 3,
    again: 2,
  },
  {
    name: 'convert --to rdb -o',
    args: ['convert', 'dump.rdb', '--to', 'rdb', '-o', 'out.rdb'],
    prepare: snapshot,
    exit: 0,
    again: 2,
  },
  {
    name: 'convert --to resp -o',
    args: ['convert', 'dump.rdb', '--to', 'resp', '-o', 'out.resp'],
    prepare: snapshot,
    exit: 0,
    again: 2,
  },
  {
    name: 'convert --to jsonl -o',
    args: ['convert', 'dump.rdb', '--to', 'jsonl', '-o', 'out.jsonl'],
    prepare: snapshot,
    exit: 0,
    again: 2,
  },
  {
    name: 'convert --to parquet -o',
    args: 'convert dump.rdb --to parquet --elements --drop functions -o out'.split(' '),
    prepare: snapshot,
    exit: 3,
    again: 2,
  },
  {
    name: 'split -o',
    args: ['split', 'dump.rdb', '--by', 'type', '-o', 'out'],
    prepare: snapshot,
    exit: 0,
    again: 2,
  },
  {
    name: 'split -o --force',
    args: ['split', 'dump.rdb', '--by', 'db', '-o', 'out', '--force'],
    prepare(folder) {
      snapshot(folder)
      olderSplit(join(folder, 'out'))
    },
    exit: 0,
    again: 0,
    replaces: /^out\/(db-\d+\.rdb|split\.json)$/,
    whole: 'out',
  },
  {
    name: 'merge -o',
    args: ['merge', 'dump.rdb', 'log.aof', '-o', 'out.rdb'],
    prepare(folder) {
      snapshot(folder)
      flushedLog(folder)
    },
    exit: 0,
    again: 2,
  },
  {
    name: 'diff --patch',
    args: ['diff', 'a.aof', 'b.aof', '--show', 'summary', '--patch', 'out.resp'],
    prepare: twoLogs,
    exit: 1,
    again: 2,
  },
  {
    name: 'verify --baseline',
    args: ['verify', 'dump.rdb', '--baseline', 'base.json'],
    prepare: snapshot,
    exit: 0,
    again: 0,
  },
  {
    name: 'report --html',
    args: ['report', 'dump.rdb', '--html', 'out.html'],
    prepare: snapshot,
    exit: 0,
    again: 2,
  },
  {
    name: 'report --csv --partial',
    args: ['report', 'dump.rdb', '--csv', 'tables', '--partial', 'out.part', '--force'],
    prepare(folder) {
      snapshot(folder)
      writeFileSync(join(folder, 'out.part'), 'older')
    },
    exit: 0,
    again: 2,
    replaces: /^out\.part$/,
  },
  {
    name: 'evict -o',
    args: 'evict dump.rdb --maxmemory 8kb --overhead 0 --policy allkeys-random -o out.rdb'.split(
      ' ',
    ),
    prepare: snapshot,
    exit: 0,
    again: 2,
  },
  {
    name: 'check --prom',
    args: ['check', 'dump.rdb', '--prom', 'metrics.prom'],
    prepare(folder) {
      snapshot(folder)
      writeFileSync(join(folder, 'metrics.prom'), 'older 1\n')
    },
    exit: 0,
    again: 0,
    replaces: /^metrics\.prom$/,
  },
]

/** On each push one of each way to write; all of them in soak. */
const PUSHED = [
  'repair -o of a set',
  'undo --in-place of a set',
  'compact -o of a log',
  'salvage -o',
  'convert --to rdb -o',
  'convert --to parquet -o',
  'split -o',
  'split -o --force',
  'evict -o',
  'check --prom',
]

const EACH = SOAK || process.env.RESPITE_ROWS === 'all'

export const WRITING_COMMANDS = ALL.filter(({name}) => EACH || PUSHED.includes(name))

/** One of all rows. @throws Error when there is none of that name. */
export function writingCommand(wanted: string): WritingCommand {
  const found = ALL.find(({name}) => name === wanted)
  if (found === undefined) throw new Error(`no row is called ${wanted}`)
  return found
}
