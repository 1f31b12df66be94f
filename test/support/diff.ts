/** Runs `diff` in this thread and keeps what it emits. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {diff} from '../../src/operations/diff.ts'
import type {DiffOptions} from '../../src/operations/diff-options.ts'
import type {Difference, DiffReport} from '../../src/operations/diff-reports.ts'
import {record} from './aof.ts'
import {inlineHost} from './dataset.ts'

export interface DiffRun {
  readonly report: DiffReport
  readonly records: Difference[]
}

export async function runDiff(a: string, b: string, options: DiffOptions = {}): Promise<DiffRun> {
  const host = inlineHost()
  try {
    const report = await diff(host, [a, b], options)
    const text = host.chunks.map((chunk) => Buffer.from(chunk).toString('utf8')).join('')
    const records = text.split('\n').filter((line) => line !== '')
    return {report, records: records.map((line) => JSON.parse(line) as Difference)}
  } finally {
    host.close()
  }
}

/** A folder with logs in it. */
export class LogFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'respite-diff-'))
  private files = 0

  /** A log of commands; its path. */
  log(...commands: readonly (readonly string[])[]): string {
    const path = join(this.path, `${++this.files}.aof`)
    writeFileSync(path, Buffer.concat(commands.map((words) => record(...words))))
    return path
  }

  remove(): void {
    rmSync(this.path, {recursive: true})
  }
}
