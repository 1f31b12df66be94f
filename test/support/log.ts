/** Runs `log` in this process. */
import {createInlineHost} from '../../src/io/inline-host.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {log} from '../../src/operations/log.ts'
import type {LogOptions} from '../../src/operations/log-options.ts'
import type {Finding, LogReport, ShortValue} from '../../src/operations/reports.ts'
import {LogLines} from '../../src/ui/log-lines.ts'
import {kernel} from './kernel.ts'

export interface LogRow {
  type: string
  number: number
  record: number
  offset: number
  bytes: number
  time: string | null
  db: number
  file: string
  args: (string | {base64: string})[]
  before?: ShortValue[]
  after?: ShortValue[]
}

export interface Listed {
  report: LogReport
  rows: LogRow[]
  files: {file: string; role: string; baseKeys: number | null}[]
  /** As it is printed without --json. */
  text: string
  findings: Finding[]
}

/** List an input; arguments come whole. */
export function listLog(path: string, options: LogOptions = {}, slotSize = 0x100000): Listed {
  const host = createInlineHost(kernel, new Inputs(), Number.POSITIVE_INFINITY, slotSize)
  try {
    const limits = {maxArg: 0x1000000, maxArgs: 1_000_000}
    const report = log(host, [path], {...limits, ...options})
    const findings: Finding[] = []
    const text = host.chunks.map(printer(false, findings)).join('')
    const lines = host.chunks.map(printer(true, [])).join('').split('\n').slice(0, -1)
    const all = lines.map((line) => JSON.parse(line))
    const rows = all.filter(({type}) => type === 'command')
    const files = all.filter(({type}) => type === 'file')
    return {report, rows, files, text, findings}
  } finally {
    host.close()
  }
}

function printer(json: boolean, findings: Finding[]) {
  const lines = new LogLines(json, (finding) => findings.push(finding))
  return (chunk: Uint8Array) => Buffer.from(lines.of(chunk)).toString()
}

/** An argument, one character per byte. */
export const latin1Of = (arg: LogRow['args'][number]): string =>
  typeof arg === 'string' ? Buffer.from(arg).toString('latin1') : atob(arg.base64)
