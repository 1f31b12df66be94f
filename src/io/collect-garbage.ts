/**
 * V8 lets garbage grow to several times of what is held before it looks for any: for whoever makes much of it at a time and has to keep
 * to a limit of memory. Takes some 10 ms.
 */
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'

setFlagsFromString('--expose-gc')

export const collectGarbage: () => void = runInNewContext('gc')
