/** A master whose data never changes, in a thread of its own: it answers also while the test waits for a program. */
import {join} from 'node:path'
import {Worker} from 'node:worker_threads'
import {ROOT} from './fixtures.ts'
import {CANARY_PASSWORD} from './writing-inputs.ts'

const START_MS = 10_000
let address: string | undefined

/**
 * Its address, with a password. It is started by the first who asks, ends with the process, and gives every replica the same bytes,
 * as a real one with its times and offsets would not.
 */
export function stillMaster(snapshot: () => Uint8Array): string {
  address ??= `redis://:${CANARY_PASSWORD}@127.0.0.1:${start(snapshot())}`
  return address
}

function start(snapshot: Uint8Array): number {
  const port = new Int32Array(new SharedArrayBuffer(4))
  const workerData = {snapshot, port}
  new Worker(join(ROOT, 'test/support/still-master.js'), {workerData}).unref()
  if (Atomics.wait(port, 0, 0, START_MS) === 'timed-out') throw new Error('the master is not up')
  return port[0]
}
