import {Args, Flags} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import {type ConvertValues, convertOptions} from '../convert-flags.ts'
import type {ConvertReport} from '../operations/convert-reports.ts'
import {selectFlags, transformFlags} from '../select-flags.ts'
import {CONVERT_HELP} from '../ui/convert-help.ts'
import {convertExit, printConvert} from '../ui/convert-output.ts'
import {outputTo} from '../ui/output.ts'

export default class Convert extends BaseCommand {
  static override summary = CONVERT_HELP.summary
  static override description = CONVERT_HELP.description
  static override examples = CONVERT_HELP.examples
  static override args = {
    input: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'File or directory to read; - is an RDB from stdin.',
    }),
  }
  static override flags = {
    ...inputFlags,
    to: Flags.option({
      options: ['rdb', 'aof', 'resp'] as const,
      required: true,
      summary: 'What to write.',
    })(),
    output: Flags.string({
      char: 'o',
      summary: 'File to write, directory of an AOF set, or - for stdout.',
      helpValue: 'OUT',
    }),
    force: Flags.boolean({summary: 'Replace an output that exists.'}),
    'dry-run': Flags.boolean({summary: 'Only say what would be lost.'}),
    for: Flags.string({
      summary: 'Server that has to read it; by default the version of the input.',
      helpValue: 'redis-7.0',
      exclusive: ['rdb-version'],
    }),
    'rdb-version': Flags.integer({summary: 'RDB version that has to be read.', min: 1}),
    drop: Flags.string({
      summary: 'What may be lost, by name.',
      helpValue: 'FEATURE,…',
      multiple: true,
      multipleNonGreedy: true,
    }),
    as: Flags.string({
      summary: 'What to make of a feature: hash-field-ttl=plain.',
      helpValue: 'FEATURE=FORM',
      multiple: true,
      multipleNonGreedy: true,
    }),
    base: Flags.option({
      options: ['rdb', 'aof'] as const,
      summary: 'What an AOF begins with: an RDB (default, from 4.0 on) or commands.',
    })(),
    single: Flags.boolean({summary: 'Write an AOF as one file, for servers before 7.0.'}),
    restore: Flags.boolean({summary: 'Write RESTORE commands, with payloads of the target.'}),
    proof: Flags.boolean({
      summary: 'Read back what was written and compare its digest (default).',
      default: true,
      allowNo: true,
    }),
    databases: Flags.integer({summary: 'How many databases the server has.', min: 1}),
    ...selectFlags,
    ...transformFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Convert)
    const {input} = args
    const options = convertOptions(
      flags as ConvertValues,
      process.stdout.isTTY === true,
      new Date(),
    )
    const outcome = await this.outcome<ConvertReport>('convert', input, options, flags, convertExit)
    const printing = await this.printing(flags)
    // Data alone goes to stdout.
    const output = options.output === '-' ? outputTo(process.stderr) : this.output
    printConvert(outcome, {...printing, output})
    process.exitCode = outcome.exit
    await output.flush()
  }
}
