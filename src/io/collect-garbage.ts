/**
 * V8 lets garbage grow to several times of what is held before it looks for any: for whoever makes much of it at a time and has to keep
 * to a limit of memory. Takes some 10 ms.
 */
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'

let collect: (() => void) | null = null

export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
