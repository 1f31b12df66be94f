import {statSync} from 'node:fs'
import {inputError} from './input-error.ts'

/** When a file was last written, in ms. @throws InputError. */
export function fileTimeMs(path: string): number {
  try {
    return Math.floor(statSync(path).mtimeMs)
  } catch (error) {
    throw inputError(error, path)
  }
}
