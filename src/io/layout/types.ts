/** What lies at a path, and which of it a server would load: plain data. */

import type {FormatErrorCode} from '../../formats/errors.ts'

export type FileRole =
  | 'rdb'
  | 'aof'
  | 'base'
  | 'incr'
  | 'history'
  | 'manifest'
  | 'orphan'
  | 'temp'
  | 'config'

export interface LayoutFile {
  /** To open it with. Inside the directory that was asked for. */
  path: string
  /** Relative to the layout's root, for reports. */
  name: string
  role: FileRole
  bytes: number
  seq: number | null
  /** What its first bytes are; null when it is not to be opened (missing, refused, temp). */
  head: 'rdb' | 'aof' | 'manifest' | 'empty' | 'other' | null
  /** A server would load it. Loaded files come first, in loading order. */
  loaded: boolean
}

/** A finding about files rather than bytes; operations make a full Finding of it. */
export interface LayoutFinding {
  code: FormatErrorCode
  severity: 'error' | 'warning' | 'note'
  file: string
  /** Offset in the manifest, else null. */
  offset: number | null
  /** Line of the manifest or configuration, from 1, else null. */
  line: number | null
  message: string
  meaning: string
}

export interface Layout {
  /** What the path was taken for. */
  source: 'file' | 'manifest' | 'set-directory' | 'data-directory' | 'unknown'
  /** What a server would load from it. */
  kind: 'rdb' | 'aof' | 'aof-set' | 'nothing'
  /** The directory that file names are relative to. */
  root: string
  files: LayoutFile[]
  /** For a single file of a set: the file that a server loads right after it. Else null. */
  followedBy: string | null
  /** Sentences: what was recognised, what a server would do and why, what was assumed. */
  reasons: string[]
  findings: LayoutFinding[]
}
