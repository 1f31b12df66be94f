import {Args} from '#oclif'
import {BaseCommand, type InputSettings, inputFlags} from '../base-command.ts'
import {convertFlags, convertOptions} from '../convert-flags.ts'
import type {ConvertOptions} from '../operations/convert-options.ts'
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
    ...convertFlags,
    ...selectFlags,
    ...transformFlags,
  }

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Convert)
    const {input} = args
    const options = convertOptions(flags, process.stdout.isTTY === true, new Date())
    const outcome = await this.converted(input, options, flags)
    const printing = await this.printing(flags)
    // Data alone goes to stdout.
    const output = options.output === '-' ? outputTo(process.stderr) : this.output
    printConvert(outcome, {...printing, output})
    process.exitCode = outcome.exit
    await output.flush()
  }

  private async converted(input: string, options: ConvertOptions, settings: InputSettings) {
    try {
      return await this.outcome<ConvertReport>('convert', input, options, settings, convertExit)
    } catch (interrupted) {
      const {removeTemporaries} = await import('../io/remove-temporaries.ts')
      if (options.output !== null && options.output !== '-') removeTemporaries(options.output)
      throw interrupted
    }
  }
}
