import {statSync} from 'node:fs'
import {attempt} from './error-code.ts'

/** Who may do what with a file or directory. */
export interface FileAccess {
  path: string
  uid: number
  gid: number
  /** Permission bits. */
  mode: number
  modifiedMs: number
}

/** Null when it is not there or may not be looked at. */
export function readAccess(path: string): FileAccess | null {
  return attempt(() => {
    const {uid, gid, mode, mtimeMs} = statSync(path)
    return {path, uid, gid, mode: mode & 0o777, modifiedMs: mtimeMs}
  })
}
