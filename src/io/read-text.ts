import {readFileSync} from 'node:fs'
import {errorCode} from './error-code.ts'
import {inputError} from './input-error.ts'

/** The text of a small file: settings, not data. @throws InputError. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw inputError(error, path)
  }
}

/** The same where it need not be there yet: null then. */
export function readTextIfAny(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw inputError(error, path)
  }
}
