// An operation for tests: reads its first input in another thread and the second in this one. Options: fail and endless, in the other
// one; leave, without waiting for it.
import {readAll} from './read-all.mjs'

export function bothThreads(host, inputs, options) {
  const url = new URL('./read-all.mjs', import.meta.url).href
  const wait = host.beside.start(url, [inputs[0]], {fail: options.fail, endless: options.leave})
  const own = options.leave ? [] : readAll(host, [inputs[1]], {})
  return options.leave ? {own} : {own, other: wait()}
}
