import {Interrupted} from './input-error.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Run something short in this thread that leaves a mess when it is stopped in the middle. A signal that comes meanwhile counts when
 * it is done. @throws Interrupted
 */
export async function holdSignals<T>(run: () => T): Promise<T> {
  let came: (typeof SIGNALS)[number] | null = null
  const hold = (signal: NodeJS.Signals) => {
    came = SIGNALS.find((each) => each === signal) ?? came
  }
  for (const signal of SIGNALS) process.on(signal, hold)
  try {
    const result = run()
    // A signal is delivered by the event loop, which looks for it before it comes to this for the second time.
    await turn()
    await turn()
    if (came !== null) throw new Interrupted(came)
    return result
  } finally {
    for (const signal of SIGNALS) process.off(signal, hold)
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
