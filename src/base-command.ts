/** What all commands have in common: flags, where output goes, and the one place where an error becomes an exit status. */

import {stripVTControlCharacters} from 'node:util'
import {Args, Command, Flags} from '#oclif'
import {describeError, type ErrorReport, Exit, type ExitCode, RespiteError} from './errors.ts'
import {type Point, parsePoint} from './operations/point.ts'
import {type AccessFlags, holdsPassword, type ReadingFlags, resolveServers} from './server-flags.ts'
import {parseSize} from './sizes.ts'
import {type ColorChoice, paintFor, wantsColor} from './ui/color.ts'
import {errorLines} from './ui/errors-text.ts'
import {jsonLine} from './ui/json.ts'
import {errorDocument, type Outcome} from './ui/outcome.ts'
import {outputTo} from './ui/output.ts'
import type {Printing} from './ui/printing.ts'
import {type ProgressMode, progressOn} from './ui/progress.ts'

const GROUP = 'GLOBAL'

/** A flag whose value is a size, as redis.conf writes it. */
export const sizeFlag = Flags.custom<number>({
  helpValue: 'SIZE',
  async parse(text) {
    const bytes = parseSize(text)
    if (bytes !== null) return bytes
    const message = `${text} is no size: write 500mb, 2gb or a number of bytes`
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  },
})

/** A flag whose value is a point in an input's past. */
export const pointFlag = Flags.custom<Point>({
  helpValue: 'POINT',
  parse: async (text) => parsePoint(text),
})

/** For commands that read any number of inputs. */
export const inputArgs = {
  input: Args.string({
    required: true,
    multiple: true,
    ignoreStdin: true,
    description: 'Files or directories to read; - is stdin.',
  }),
}

export const inputFlags = {
  config: Flags.string({summary: 'redis.conf of the server.', helpValue: 'FILE'}),
  'max-expand': Flags.integer({
    summary: 'How many times its size a gz or zst may expand to.',
    helpValue: 'TIMES',
    min: 1,
  }),
}

export interface InputSettings extends Partial<AccessFlags>, ReadingFlags {
  progress: ProgressMode
  'max-expand'?: number
  /** Takes what the operation emits. */
  onChunk?: (chunk: Uint8Array) => Promise<void>
  /** Ends it: see RunSettings. */
  ending?: Int32Array
  /** In place of that of the command. */
  mode?: 'auto' | 'worker' | 'inline'
}

interface PrintFlags {
  json: boolean
  quiet: boolean
  verbose: boolean
  bytes: boolean
  color: ColorChoice
}

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({summary: 'Print one JSON document per input.', helpGroup: GROUP}),
    quiet: Flags.boolean({char: 'q', summary: 'Print errors only.', helpGroup: GROUP}),
    verbose: Flags.boolean({
      char: 'v',
      summary: 'Print more detail; never values.',
      helpGroup: GROUP,
    }),
    bytes: Flags.boolean({summary: 'Print exact sizes in bytes.', helpGroup: GROUP}),
    color: Flags.option({
      options: ['always', 'never', 'auto'] as const,
      default: 'auto',
      summary: 'Colour the text.',
      helpGroup: GROUP,
    })(),
    progress: Flags.option({
      options: ['auto', 'json', 'never'] as const,
      default: 'auto',
      summary: 'Show progress on stderr: on a terminal, as one JSON line a second, or not at all.',
      helpGroup: GROUP,
    })(),
  }

  protected readonly output = outputTo(process.stdout)
  /** `worker` for commands that write files: what a signal finds half done in this thread it could not take away. */
  protected readonly mode: 'auto' | 'worker' | 'inline' = 'auto'

  protected override async init(): Promise<void> {
    await super.init()
    // What stands on the command line, every user of the machine can read; from now on this stands there.
    if (this.argv.some(holdsPassword)) process.title = `${this.config.bin} ${this.id}`
    // A failed write comes back through its callback. As an event it would end the run: oclif's listener throws it again.
    process.stdout.removeAllListeners('error').on('error', () => {})
    // Nobody is left to be told when stderr is closed.
    process.stderr.on('error', () => {})
    process.once('uncaughtException', (error) => {
      this.complain(describeError(error), null)
      // Outside of all awaits: what state things are in is unknown, and Node's own status would be 1, a finding.
      process.exit(Exit.INTERNAL)
    })
  }

  protected override async catch(error: Error & {oclif?: {exit?: number}}): Promise<void> {
    const described = isOclifError(error) ? null : describeError(error)
    const report =
      described === null || described.code === 'USAGE' ? this.usageReport(error) : described
    process.exitCode = report.exit
    if (report.exit < Exit.SIGINT) return this.fail(report)
    // The reader left, or the user pressed ^C: they know. A stdin that still waits for input would keep the program from ending.
    process.stdin.destroy()
    // So would a write to a pipe that nobody reads from: there is no other way to give one up.
    if (process.stdout.writableLength > 0) process.exit(report.exit)
  }

  /** Tell why nothing came of it. stdout may be what failed, so nothing is expected of it. */
  protected async fail(report: ErrorReport): Promise<void> {
    if (!this.asked('--json')) return this.complain(report, null)
    const {version} = this.config
    const document = {schema: 'respite.error/1', version, ok: false, exit: report.exit}
    this.output.line(jsonLine({...document, error: errorDocument(report)}))
    await this.output.flush().catch(() => this.complain(report, null))
  }

  /** Print an error to stderr. */
  protected complain(report: ErrorReport, input: string | null): void {
    process.stderr.write(`${errorLines(report, input).join('\n')}\n`)
  }

  /** How the flags want things printed. */
  protected async printing(flags: PrintFlags): Promise<Printing> {
    const {json, quiet, verbose, bytes: exactBytes, color} = flags
    const colored = !json && wantsColor(color, process.env, process.stdout.isTTY === true)
    return {
      output: this.output,
      complain: (error, input) => this.complain(error, input),
      paint: await paintFor(colored),
      json,
      quiet,
      verbose,
      exactBytes,
      version: this.config.version,
    }
  }

  /** Whether a flag is there, also when the flags could not be parsed. */
  protected asked(flag: string): boolean {
    const end = this.argv.indexOf('--')
    return (end < 0 ? this.argv : this.argv.slice(0, end)).includes(flag)
  }

  /** Run an operation over one input. What stops it is an outcome, unless it stops the whole run. */
  protected async outcome<Report>(
    operation: string,
    named: string,
    options: object,
    flags: InputSettings,
    exitOf: (report: Report) => ExitCode,
    /** Inputs that this one is held against. */
    others: readonly string[] = [],
  ): Promise<Outcome<Report>> {
    const live = await resolveServers([named, ...others], flags)
    const run = () => this.runOver<Report>(operation, [named, ...others], options, flags, live)
    return this.attempt(live?.names[0] ?? named, exitOf, run)
  }

  /** The same, where the command goes on with what comes of it. */
  protected async operation<Report>(
    operation: string,
    named: string,
    options: object,
    flags: InputSettings,
  ): Promise<Report> {
    return this.runOver(operation, [named], options, flags, await resolveServers([named], flags))
  }

  /** What stops it is an outcome, unless it stops the whole run. */
  protected async attempt<Report>(
    input: string,
    exitOf: (report: Report) => ExitCode,
    run: () => Promise<Report>,
  ): Promise<Outcome<Report>> {
    try {
      const report = await run()
      return {input, exit: exitOf(report), report, error: null}
    } catch (thrown) {
      const error = describeError(thrown)
      if (error.exit >= Exit.SIGINT) throw thrown
      return {input, exit: error.exit, report: null, error}
    }
  }

  private async runOver<Report>(
    operation: string,
    inputs: readonly string[],
    options: object,
    flags: InputSettings,
    live: Awaited<ReturnType<typeof resolveServers>>,
  ): Promise<Report> {
    // Only now: nothing of this is needed to complain about a flag.
    const {runOperation} = await import('./io/run-operation.ts')
    const names = live?.names ?? inputs
    const progress = progressOn(process.stderr, flags.progress, names[0])
    try {
      const settings = {
        maxExpand: flags['max-expand'],
        mode: flags.mode ?? this.mode,
        onChunk: flags.onChunk,
        ending: flags.ending,
        openRemote: live?.openRemote,
        ...progress,
      }
      const all = live === null ? options : {...options, servers: live.servers}
      return await runOperation<Report>(operation, names, all, settings)
    } finally {
      progress.stop()
    }
  }

  /** oclif words it; what it adds for its own way of printing is taken off. */
  private usageReport(error: Error): ErrorReport {
    const message = stripVTControlCharacters(error.message)
      .split('\nSee more help')[0]
      .replace(/^Parsing (--[\w-]+) \n\t/, '$1: ')
    const next = `${this.config.bin} ${this.id?.replaceAll(':', ' ')} --help`
    return {exit: Exit.USAGE, code: 'USAGE', message, next}
  }
}

/** oclif marks its own errors; all that can reach a command are about its flags and arguments. */
function isOclifError(error: {oclif?: {exit?: number}}): boolean {
  return error.oclif?.exit !== undefined
}
