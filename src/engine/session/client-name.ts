import {CommandError} from '../call.ts'

/** @throws CommandError for a name that CLIENT LIST could not show. */
export function checkedName(name: string): string {
  if (/^[!-~]*$/.test(name)) return name
  throw new CommandError('ERR Client names cannot contain spaces, newlines or special characters.')
}
