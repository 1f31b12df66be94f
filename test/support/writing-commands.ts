/** Every command that writes files, for the rows of test/reliability that all of them have to pass: a new command is one row. */

import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {SOAK} from './campaign.ts'
import {stillMaster} from './still-master.ts'
import {EDITING_COMMANDS} from './writing-edits.ts'
import {
  damagedSnapshot,
  flushedLog,
  olderSplit,
  pulledSnapshot,
  snapshot,
  twoLogs,
} from './writing-inputs.ts'

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
  /** An output of its own that comes before others, whole: it may be there without them. */
  readonly apart?: RegExp
}

/** The address of a server, with a password that nothing may tell. It is started when a row asks. */
const pulled = (): string => stillMaster(pulledSnapshot)

const ALL: readonly WritingCommand[] = [
  ...EDITING_COMMANDS,
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
    apart: /^tables(?:\/|$)/,
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
  {
    name: 'pull -o',
    get args() {
      return ['pull', pulled(), '-o', 'out.rdb']
    },
    // Beside an older one.
    prepare: snapshot,
    exit: 0,
    again: 2,
  },
  {
    name: 'pull -o --force',
    get args() {
      return ['pull', pulled(), '-o', 'dump.rdb', '--force']
    },
    prepare: snapshot,
    exit: 0,
    again: 0,
    replaces: /^dump\.rdb$/,
  },
  {
    name: 'pull --to jsonl -o',
    get args() {
      return ['pull', pulled(), '--to', 'jsonl', '-o', 'out.jsonl']
    },
    prepare: snapshot,
    exit: 0,
    again: 2,
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
  'pull -o',
]

const EACH = SOAK || process.env.RESPITE_ROWS === 'all'

export const WRITING_COMMANDS = ALL.filter(({name}) => EACH || PUSHED.includes(name))

/** One of all rows. @throws Error when there is none of that name. */
export function writingCommand(wanted: string): WritingCommand {
  const found = ALL.find(({name}) => name === wanted)
  if (found === undefined) throw new Error(`no row is called ${wanted}`)
  return found
}
