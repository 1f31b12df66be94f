/** How far a run is: a line on stderr that a terminal sees, or JSON lines for a program. Silent for the first second. */

import type {Ora} from 'ora'
import {countText, sizeText} from '../sizes.ts'
import {jsonLine} from './json.ts'

export type ProgressMode = 'auto' | 'json' | 'never'

export interface ProgressState {
  bytesDone: number
  /** 0 when unknown. */
  bytesTotal: number
  /** Keys or commands so far. */
  records: number
}

export interface Progress {
  /** To be called once a second while the work goes on; undefined when nobody watches. */
  onProgress: ((state: ProgressState) => void) | undefined
  progressIntervalMs: number
  /** Prints the state at once: somebody sent SIGUSR1. */
  onState: (state: ProgressState) => void
  /** Take the line away. */
  stop(): void
}

/** `1.2 GiB of 4.0 GiB (30 %), 512.0 MiB/s, 1,234,567 records, 6 s left`. */
export function progressText(state: ProgressState, elapsedMs: number): string {
  const {bytesDone, bytesTotal, records} = state
  const rate = elapsedMs > 0 ? (bytesDone * 1000) / elapsedMs : 0
  const known = bytesTotal > 0
  // What is left of an estimate is never less than nothing.
  const left = Math.max(0, bytesTotal - bytesDone)
  const percent = known ? Math.min(100, Math.floor((100 * bytesDone) / bytesTotal)) : 0
  const parts = [
    known
      ? `${sizeText(bytesDone, false)} of ${sizeText(bytesTotal, false)} (${percent} %)`
      : sizeText(bytesDone, false),
    `${sizeText(Math.round(rate), false)}/s`,
    `${countText(records)} records`,
  ]
  if (known && rate > 0) parts.push(`${durationText(left / rate)} left`)
  return parts.join(', ')
}

export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function progressDocument(input: string, state: ProgressState, elapsedMs: number): object {
  return {schema: 'respite.progress/1', input, ...state, elapsedMs: Math.round(elapsedMs)}
}

/** Progress of one input on `stream`: a spinner line on a terminal, or JSON lines, or nothing until it is asked for. */
export function progressOn(
  stream: NodeJS.WriteStream,
  mode: ProgressMode,
  input: string,
): Progress {
  const started = performance.now()
  const elapsed = () => performance.now() - started
  const line = mode === 'auto' && stream.isTTY === true && process.env.TERM !== 'dumb'
  let spinner: Ora | null = null
  let stopped = false
  const tell = (state: ProgressState) => {
    const text =
      mode === 'json'
        ? jsonLine(progressDocument(input, state, elapsed()))
        : progressText(state, elapsed())
    stream.write(`${text}\n`)
  }
  const spin = async (state: ProgressState) => {
    spinner ??= await startSpinner(stream)
    if (stopped) spinner.stop()
    else spinner.text = progressText(state, elapsed())
  }
  return {
    onProgress: mode === 'json' ? tell : line ? spin : undefined,
    progressIntervalMs: 1000,
    onState: tell,
    stop() {
      stopped = true
      spinner?.stop()
    },
  }
}

/** ora takes 30 ms to load, which only a run of more than a second pays. */
async function startSpinner(stream: NodeJS.WriteStream): Promise<Ora> {
  const {default: ora} = await import('ora')
  return ora({stream, discardStdin: false}).start()
}
