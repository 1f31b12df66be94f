/**
 * What is to be written in place of an input: for each file its parts, in order. Repair, undo and rewind make such edits;
 * write-edit.ts writes them.
 */
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import type {Span} from './log-cuts.ts'

export type Part =
  /** Bytes of the source as they are. */
  | {kind: 'copy'; start: number; end: number}
  /** Commands of the source, framed as servers write them. */
  | {kind: 'reframe'; start: number; end: number}
  /** Bytes that the source does not have. */
  | {kind: 'bytes'; bytes: Uint8Array}
  /** What another part of the program writes, reading the source again by itself. */
  | {kind: 'made'; produce: (sink: PatchableSink) => void}

export interface EditedFile {
  /** Where the source lies. */
  path: string
  /** The source's name in reports. */
  file: string
  /** Name of the output within its directory. */
  name: string
  type: 'b' | 'h' | 'i'
  seq: number
  /** Further fields of its line in the manifest. */
  fields: [string, string][]
  parts: Part[]
  /** Bytes of the source that no part takes, to be kept aside. */
  removed: Span[]
}

export interface Edit {
  files: EditedFile[]
  /** Name of the manifest; null for a single file. */
  manifest: string | null
  /** Files of the set that it will not have any more. In place they get the names of backups: a server would write over them. */
  leftOut?: string[]
}

/** The parts that leave out `cuts`. Both lists are ascending and do not overlap; `insert` gives what stands in for a cut. */
export function partsWithout(
  cuts: readonly Span[],
  reframed: readonly Span[],
  {start, end}: Span,
  insert: (cut: number) => Uint8Array | null = () => null,
): Part[] {
  const parts: Part[] = []
  let at = start
  const keep = (to: number) => {
    keepSpan(parts, at, to, reframed)
  }
  cuts.forEach((cut, i) => {
    keep(Math.min(cut.start, end))
    at = Math.min(cut.end, end)
    const bytes = at < end ? insert(i) : null
    if (bytes !== null) parts.push({kind: 'bytes', bytes})
  })
  keep(end)
  return parts
}

function keepSpan(parts: Part[], start: number, end: number, reframed: readonly Span[]): void {
  let at = start
  for (const span of reframed) {
    if (span.end <= at) continue
    if (span.start >= end) break
    if (span.start > at) parts.push({kind: 'copy', start: at, end: span.start})
    at = Math.min(span.end, end)
    parts.push({kind: 'reframe', start: Math.max(span.start, start), end: at})
  }
  if (at < end) parts.push({kind: 'copy', start: at, end})
}

/** Where in the output the first removed bytes of the source would be; null where none were, or records before them changed. */
export function firstCut({files}: Edit): {index: number; offset: number} | null {
  const index = files.findIndex(({removed}) => removed.length > 0)
  if (index < 0) return null
  const [{start: offset}] = files[index].removed
  const [first] = files[index].parts
  const untouched = first === undefined || (first.kind === 'copy' && first.start === 0)
  return untouched && (first?.end ?? 0) >= offset ? {index, offset} : null
}

/** Bytes that an edit takes over or adds. Reframed records count as they stand in the source. */
export function bytesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => {
    if (part.kind === 'bytes') return sum + part.bytes.length
    return part.kind === 'made' ? sum : sum + part.end - part.start
  }, 0)
}
