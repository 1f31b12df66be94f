/** The index of a split: what is in each part. It is written last, so that a directory without one is not complete. */
import {basename, join} from 'node:path'
import {readTextIfAny} from '../io/read-text.ts'
import type {SplitReport} from './split-reports.ts'

export const SPLIT_INDEX = 'split.json'
export const SPLIT_INDEX_SCHEMA = 'respite.split-index/1'

export function indexOf(report: SplitReport): string {
  const {input, by, to, target, keys, functions, digest, parts} = report
  const index = {
    schema: SPLIT_INDEX_SCHEMA,
    input: basename(input),
    by,
    to,
    target,
    keys,
    functions,
    digest,
    parts,
  }
  return `${JSON.stringify(index, null, 2)}\n`
}

/** Files that the index in a directory names; none where there is no index, or one that nobody here wrote. */
export function obsoleteIn(directory: string): string[] {
  const text = readTextIfAny(join(directory, SPLIT_INDEX))
  if (text === null) return []
  try {
    const {schema, parts} = JSON.parse(text)
    if (schema !== SPLIT_INDEX_SCHEMA || !Array.isArray(parts)) return []
    return parts.map((part) => part?.file).filter((file) => typeof file === 'string')
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    return []
  }
}
