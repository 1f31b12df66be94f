/** Brings what a file says and what a live server says to the same shape. */
import type {Row, StreamValue} from '../../support/fixtures.ts'

export function byKey<T extends {readonly db: number; readonly key: string}>(
  rows: readonly T[],
): T[] {
  const bytes = (text: string) => Buffer.from(text, 'base64')
  return [...rows].sort((a, b) => a.db - b.db || Buffer.compare(bytes(a.key), bytes(b.key)))
}

/**
 * Rows of the file without what this server does not tell: counters and times of streams before 7.0, the inside of
 * modules. Idle times move on while the server is asked.
 */
export function asTruth(rows: readonly Row[], truth: readonly Row[]): Row[] {
  return rows.map((row, i) => {
    const told = truth[i]
    if (told === undefined) return row
    if (told.type === 'vectorset' && row.type === 'module') {
      return {...row, type: 'vectorset', value: told.value}
    }
    const idle =
      row.idle !== undefined && told.idle !== undefined && Math.abs(told.idle - row.idle) <= 2
        ? {idle: told.idle}
        : {}
    if (row.type !== 'stream') return {...row, ...idle}
    return {...row, ...idle, value: toldParts(row.value, told.value) as Row['value']}
  })
}

/** `own` with those parts only that `told` has too; null where `told` does not know. */
function toldParts(own: unknown, told: unknown): unknown {
  if (told === null) return null
  if (Array.isArray(own) && Array.isArray(told)) {
    return own.map((each, i) => (i < told.length ? toldParts(each, told[i]) : each))
  }
  if (typeof own !== 'object' || own === null || typeof told !== 'object') return own
  const kept = Object.entries(own).filter(([name]) => name in (told as object))
  return Object.fromEntries(
    kept.map(([name, each]) => [name, toldParts(each, (told as Record<string, unknown>)[name])]),
  )
}

/** The truth without what no file has: sizes of the radix tree, the lag that a server works out. */
export function fileParts(row: Row): Row {
  if (row.type !== 'stream') return row
  const {radixTreeKeys, radixTreeNodes, ...stream} = row.value as StreamValue & {
    radixTreeKeys?: number
    radixTreeNodes?: number
  }
  const groups = stream.groups.map((group) => {
    const {lag, pendingNote, ...rest} = group as typeof group & {
      lag?: unknown
      pendingNote?: string
    }
    return rest
  })
  return {...row, value: {...stream, groups}}
}
