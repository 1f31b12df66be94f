import {readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {errorCode} from './error-code.ts'
import {isServer} from './server-name.ts'

/** A data directory, its appendonlydir, and one more. */
const DEPTH = 3

/**
 * An estimate of how many bytes an operation will read from these paths: all files of a directory count. What cannot be read counts
 * as nothing; opening it will say why. -1 when stdin or a server is among them.
 */
export function estimateSize(paths: readonly string[]): number {
  let sum = 0
  for (const path of paths) {
    if (path === '-' || isServer(path)) return -1
    sum += sizeOf(path, DEPTH)
  }
  return sum
}

function sizeOf(path: string, depth: number): number {
  try {
    const stat = statSync(path)
    if (!stat.isDirectory()) return stat.size
    if (depth === 0) return 0
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name), depth - 1), 0)
  } catch (error) {
    if (errorCode(error) === null) throw error
    return 0
  }
}
