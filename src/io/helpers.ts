/** Operations that run beside one that runs already, each in a worker of its own. The side of the feeding thread. */
import {packError} from './error-transport.ts'
import {giveUpFor} from './turns.ts'
import type {Reply, Request} from './worker-host.ts'

type Run = (request: Request & {call: 'start'}, until: AbortSignal) => Promise<unknown>

export class Helpers {
  private readonly run: Run
  private readonly stopped = new AbortController()
  private readonly runs: Promise<Reply>[] = []

  constructor(run: Run) {
    this.run = run
  }

  /** Returns the number to ask for its report with. */
  start(request: Request & {call: 'start'}): number {
    const outcome = this.run(request, this.stopped.signal).then(
      (report): Reply => ({report}),
      (error): Reply => {
        // A thread that is gone cannot do so itself.
        giveUpFor(request.options)
        return {error: packError(error)}
      },
    )
    return this.runs.push(outcome) - 1
  }

  report(run: number): Promise<Reply> {
    return this.runs[run]
  }

  /** End those that still run. */
  async close(): Promise<void> {
    this.stopped.abort()
    await Promise.all(this.runs)
  }
}
