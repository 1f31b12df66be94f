/** What `merge` says that it did, or would do. */
import type {ConvertReport} from './convert-reports.ts'
import type {Bytes, InputKind} from './reports.ts'

export type OnConflict = 'fail' | 'first' | 'last' | 'newest'

export interface MergeInput {
  input: string
  kind: InputKind
  producer: string | null
  /** Entries that it has. */
  keys: number
  /** Of these, the ones that are left out for those of another input. */
  lost: number
}

/** Something that is there more than once. */
export interface MergeConflict {
  what: 'key' | 'function' | 'module'
  /** Of a key, in the output. */
  db: number
  name: Bytes
  /** By their numbers in `inputs`, from 0: where it is, as far as that was looked at, and whose is kept. */
  inputs: number[]
  winner: number | null
}

export interface MergeConflicts {
  keys: number
  functions: number
  modules: number
  /** How newest was found: by idle times, use frequencies, or when inputs say that they were saved. Comparisons. */
  comparedBy: {idle: number; frequency: number; saved: number}
  /** Comparisons that nothing in the inputs decides. */
  undecided: number
  /** Some of them. */
  examples: MergeConflict[]
}

export interface MergeReport
  extends Pick<
    ConvertReport,
    | 'to'
    | 'target'
    | 'output'
    | 'dryRun'
    | 'keys'
    | 'databases'
    | 'functions'
    | 'missing'
    | 'bytes'
    | 'files'
    | 'reason'
    | 'stoppedAt'
    | 'next'
  > {
  schema: 'respite.merge/1'
  inputs: MergeInput[]
  onConflict: OnConflict
  verdict: 'merged' | 'planned' | 'conflicts' | 'refused' | 'unreadable'
  conflicts: MergeConflicts
  /** respite-full/1 of the output, which is that of what was kept of the inputs; null where it was not read back. */
  digest: string | null
}
