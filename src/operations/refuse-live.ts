import {Exit, RespiteError} from '../errors.ts'
import {writerOf} from '../io/writers-of.ts'

/** Files that a running server writes must not be replaced under it. @throws RespiteError `BUSY`. */
export function refuseLive(paths: readonly string[]): void {
  const writer = writerOf(paths)
  if (writer === null) return
  const message = `${writer.path}: process ${writer.pid} has this file open for writing`
  const next = 'Stop that server first, or write to another place with -o.'
  throw new RespiteError(Exit.BUSY, 'BUSY', message, next)
}
