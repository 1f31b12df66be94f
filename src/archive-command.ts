/** Runs an archive for a command: signals end it in order, metrics are written beside it. */
import type {InputSettings} from './base-command.ts'
import {Exit, type ExitCode} from './errors.ts'
import {Interrupted} from './io/input-error.ts'
import type {ArchiveOptions} from './operations/archive-options.ts'
import type {ArchiveReport} from './operations/archive-reports.ts'
import {archiveExit, archivePrometheus} from './ui/archive-output.ts'
import type {Outcome} from './ui/outcome.ts'

/** How a command runs an operation. */
type Run = (
  operation: string,
  options: object,
  settings: Pick<InputSettings, 'mode'>,
  exitOf: (report: ArchiveReport) => ExitCode,
) => Promise<Outcome<ArchiveReport>>

/** SIGTERM is how it is ended: 0, as long as there is something to restore. */
export async function runArchive(
  run: Run,
  options: ArchiveOptions,
  prom: string | undefined,
): Promise<Outcome<ArchiveReport>> {
  const stop = new AbortController()
  let interrupted = false
  const onTerm = () => stop.abort()
  const onInt = () => {
    interrupted = true
    stop.abort()
  }
  process.on('SIGTERM', onTerm).on('SIGINT', onInt)
  try {
    const tell = prom === undefined ? undefined : (report: ArchiveReport) => publish(prom, report)
    const told = {...options, stop: stop.signal, onState: tell}
    const outcome = await run('archive', told, {mode: 'inline'}, archiveExit)
    if (outcome.report !== null) await tell?.(outcome.report)
    return interrupted && outcome.report !== null ? {...outcome, exit: Exit.SIGINT} : outcome
  } finally {
    process.off('SIGTERM', onTerm).off('SIGINT', onInt)
  }
}

async function publish(path: string, report: ArchiveReport): Promise<void> {
  const {publishText} = await import('./io/publish-text.ts')
  try {
    await publishText(path, archivePrometheus(report, Date.now()))
  } catch (error) {
    // The signal ends the archive; what it stopped here comes again at its end.
    if (!(error instanceof Interrupted)) throw error
  }
}
