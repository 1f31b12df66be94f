/** Sets and logs from records, and the operations that edit them, run in this thread. */
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {runOperation} from '../../src/io/run-operation.ts'
import {parsePoint} from '../../src/operations/point.ts'
import type {RewindReport, UndoListReport, UndoReport} from '../../src/operations/undo-reports.ts'
import type {Selection} from '../../src/operations/undo-selection.ts'
import {bytes, type Part} from './bytes.ts'

/** A set without a base, of logs in their order. Returns its directory. */
export function setOf(folder: string, name: string, ...logs: Part[]): string {
  const path = join(folder, name)
  mkdirSync(path)
  const names = logs.map((_, i) => `a.aof.${i + 1}.incr.aof`)
  logs.forEach((log, i) => {
    writeFileSync(join(path, names[i]), bytes(log))
  })
  const lines = names.map((each, i) => `file ${each} seq ${i + 1} type i\n`)
  writeFileSync(join(path, 'a.aof.manifest'), lines.join(''))
  return path
}

export interface Asked extends Partial<Omit<Selection, 'at' | 'since' | 'until'>> {
  at?: string
  since?: string
  until?: string
}

/** What is selected, written as on the command line. */
export function selection({at, since, until, ...rest}: Asked): Selection {
  return {
    command: null,
    match: null,
    last: false,
    ...rest,
    at: at === undefined ? null : at.split(',').map(parsePoint),
    since: since === undefined ? null : parsePoint(since),
    until: until === undefined ? null : parsePoint(until),
  }
}

/** To `INPUT.out`. */
export const undo = (input: string, asked: Asked, options: object = {}): Promise<UndoReport> =>
  runOperation<UndoReport>('undo', [input], {
    ...{output: `${input}.out`, stamp: 'x', selection: selection(asked)},
    ...options,
  })

export const undoList = (input: string, options: object = {}): Promise<UndoListReport> =>
  runOperation<UndoListReport>('undo-list', [input], options)

export const rewind = (input: string, to: string, options: object = {}): Promise<RewindReport> =>
  runOperation<RewindReport>('rewind', [input], {
    ...{output: `${input}.out`, stamp: 'x', to: parsePoint(to)},
    ...options,
  })
