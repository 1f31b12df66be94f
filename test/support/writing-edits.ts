/** The rows of the commands that change logs and sets, see writing-commands.ts. */
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {record} from './aof.ts'
import type {WritingCommand} from './writing-commands.ts'
import {damagedLog, damagedSet, flushedLog, flushedSet, overwrittenLog} from './writing-inputs.ts'

export const EDITING_COMMANDS: readonly WritingCommand[] = [
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
]
