import {Flags} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import {editArgs, editFlags, editOptions} from '../edit-flags.ts'
import {Exit, RespiteError} from '../errors.ts'
import type {RepairReport} from '../operations/edit-reports.ts'
import type {LossLimit} from '../operations/repair-summary.ts'
import {parseSize} from '../sizes.ts'
import {REPAIR_HELP} from '../ui/repair-help.ts'
import {printRepair, repairExit} from '../ui/repair-output.ts'

const lossFlag = Flags.custom<LossLimit>({
  helpValue: '1MB|100cmds|1%',
  async parse(text) {
    const limit = parseLoss(text)
    if (limit !== null) return limit
    const message = `${text} is no amount: write 1mb, 100cmds or 1%`
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  },
})

export default class Repair extends BaseCommand {
  static override summary = REPAIR_HELP.summary
  static override description = REPAIR_HELP.description
  static override examples = REPAIR_HELP.examples
  static override args = editArgs
  static override flags = {
    ...inputFlags,
    ...editFlags,
    'max-loss': lossFlag({summary: 'Refuse to lose more (exit 4).'}),
    'tail-only': Flags.boolean({summary: 'Cut what redis-check-aof --fix would, and no more.'}),
    inside: Flags.boolean({
      summary: 'Also look for commands inside an argument that claims all that is left.',
      exclusive: ['tail-only'],
    }),
  }

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Repair)
    const {input} = args
    const options = {
      ...editOptions(flags, input, new Date()),
      maxLoss: flags['max-loss'],
      tailOnly: flags['tail-only'],
      insideArguments: flags.inside,
    }
    const outcome = await this.outcome<RepairReport>('repair', input, options, flags, repairExit)
    printRepair(outcome, await this.printing(flags))
    process.exitCode = outcome.exit
    await this.output.flush()
  }
}

function parseLoss(text: string): LossLimit | null {
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)
  if (percent) return {percent: Number(percent[1])}
  const commands = /^(\d{1,15}) ?(?:cmds?|commands?)$/i.exec(text)
  if (commands) return {commands: Number(commands[1])}
  const bytes = parseSize(text)
  return bytes === null ? null : {bytes}
}
