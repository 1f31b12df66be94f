/**
 * Loaded into the program before anything else (`node --require`): one call on a file that it writes goes wrong. Of the calls in one
 * thread (RESPITE_FAULT_IN: main, worker) that change files, or read one back, RESPITE_FAULT_AT counts; RESPITE_FAULT says what happens then: the code of a system
 * error; `short`, half of a write or read; `lie`, a changed byte; `drop`, a byte that is not written; `BUG`, an error that tells data; or a signal, after which the
 * call never ends. RESPITE_CALLS names a file that gets one line per call.
 */
const fs = require('node:fs')
const {syncBuiltinESMExports} = require('node:module')
const {isMainThread} = require('node:worker_threads')

const {RESPITE_FAULT: kind, RESPITE_FAULT_AT: at = '0'} = process.env
const {RESPITE_FAULT_IN: thread, RESPITE_CALLS: log} = process.env
const THREAD = isMainThread ? 'main' : 'worker'
const real = {...fs}
const written = new Set()
let calls = 0

const TEXTS = {
  ENOSPC: 'no space left on device',
  EIO: 'i/o error',
  EDQUOT: 'disk quota exceeded',
  EROFS: 'read-only file system',
}

/** Does this call belong to an output? */
function counts(name, [first, second]) {
  if (name === 'openSync') return second === 'wx+'
  return !['writeSync', 'readSync', 'closeSync'].includes(name) || written.has(first)
}

function fail(name, run, args) {
  const [fd, bytes, start, length, position] = args
  const part = (count) => run(fd, bytes, start, count, position)
  if (kind === 'short' && /^(?:write|read)Sync$/.test(name)) return part(Math.ceil(length / 2))
  if (kind === 'drop' && name === 'writeSync') return part(length - 1) + 1
  if (kind === 'lie' && name === 'writeSync') {
    const changed = Uint8Array.from(bytes.subarray(start, start + length))
    changed[length >> 1] ^= 0x10
    return run(fd, changed, 0, length, position)
  }
  if (kind.startsWith('SIG')) {
    process.kill(process.pid, kind)
    if (!isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000)
  }
  // Something that no part of the program expects, with what it was about to write in its message.
  if (kind === 'BUG')
    throw new TypeError(
      `a bug: ${bytes ? Buffer.from(bytes.subarray(0, 4096)).toString('latin1') : fd}`,
    )
  if (!(kind in TEXTS)) return run(...args)
  const error = new Error(`${kind}: ${TEXTS[kind]}, ${name.replace('Sync', '')}`)
  throw Object.assign(error, {code: kind, syscall: name.replace('Sync', '')})
}

for (const name of [
  ...['openSync', 'writeSync', 'readSync', 'closeSync', 'fsyncSync', 'ftruncateSync', 'fchmodSync'],
  ...['fchownSync', 'mkdirSync', 'rmdirSync', 'renameSync', 'linkSync', 'unlinkSync', 'chmodSync'],
  'chownSync',
]) {
  fs[name] = (...args) => {
    const hit = counts(name, args) && ++calls
    if (hit && log) real.appendFileSync(log, `${THREAD} ${name}\n`)
    const wrong = kind && hit === Number(at) && thread === THREAD
    const result = wrong ? fail(name, real[name], args) : real[name](...args)
    if (name === 'openSync') {
      if (args[1] === 'wx+') written.add(result)
      else written.delete(result)
    }
    return result
  }
}
syncBuiltinESMExports()
