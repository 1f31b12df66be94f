/** Builders and shortcuts for append-only files. */
import {CommandTable} from '../../src/engine/commands/table.ts'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../../src/formats/bytes/inline-feed.ts'
import {checkAofStream} from '../../src/operations/check-aof.ts'
import type {AofContext, AofPart} from '../../src/operations/check-aof-context.ts'
import type {Finding} from '../../src/operations/reports.ts'
import {bytes, type Part} from './bytes.ts'
import {kernel} from './kernel.ts'

const cursor = new Cursor(kernel)

/** The shared cursor over some bytes: at most `step` at a time, in parts of `slotSize`. */
export function cursorOver(
  input: Uint8Array,
  step = 0x10000,
  slotSize = 0x10000,
  size = input.length,
): Cursor {
  const source = {...bufferSource(input, step), size}
  return cursor.open(new InlineFeed(source, kernel, {slotSize, crc: false}))
}

/** One record as servers write it. */
export function record(...args: Part[]): Buffer {
  const parts = args.map((arg) => {
    const body = bytes(arg)
    return bytes(`$${body.length}\r\n`, body, '\r\n')
  })
  return bytes(`*${args.length}\r\n`, ...parts)
}

export interface Checked extends AofPart {
  findings: Finding[]
  /** `CODE offset`, for each. */
  codes: string[]
}

const table = new CommandTable()

/** Check a text part; the input can be read again. */
export function checkAof(
  input: Uint8Array,
  options: Partial<AofContext> & {step?: number; slotSize?: number; size?: number} = {},
): Checked {
  const findings: Finding[] = []
  const {step, slotSize, size, ...context} = options
  const c = cursorOver(input, step, slotSize, size)
  const start = context.start ?? 0
  c.skip(start)
  const part = checkAofStream(c, {
    file: 'appendonly.aof',
    input: 'appendonly.aof',
    databases: 16,
    table,
    isLastFile: true,
    start,
    addFinding: (finding) => findings.push(finding),
    rewind: (offset) => {
      const rest = bufferSource(input.subarray(offset), step ?? 0x10000)
      c.open(new InlineFeed(rest, kernel, {slotSize: slotSize ?? 0x10000, crc: false}), offset)
    },
    ...context,
  })
  return {...part, findings, codes: findings.map(({code, offset}) => `${code} ${offset}`)}
}
