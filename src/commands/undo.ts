import {Args, Flags} from '#oclif'
import {BaseCommand, inputFlags, pointFlag} from '../base-command.ts'
import {editFlags, editOptions} from '../edit-flags.ts'
import type {UndoListReport, UndoReport} from '../operations/undo-reports.ts'
import {UNDO_HELP} from '../ui/undo-help.ts'
import {printUndoList, undoListExit} from '../ui/undo-list-output.ts'
import {printUndo, undoExit} from '../ui/undo-output.ts'
import {undoInput, undoSelection} from '../undo-flags.ts'

export default class Undo extends BaseCommand {
  static override summary = UNDO_HELP.summary
  static override description = UNDO_HELP.description
  static override examples = UNDO_HELP.examples
  static override usage = [
    'undo --list INPUT',
    'undo COMMAND INPUT -o OUT',
    'undo INPUT --at OFFSET -o OUT',
  ]
  static override args = {
    command: Args.string({description: 'Name of the command to take out; may be left out.'}),
    input: Args.string({
      description: "AOF file, manifest, appendonlydir or a server's data directory.",
    }),
  }
  static override flags = {
    ...inputFlags,
    ...editFlags,
    list: Flags.boolean({summary: 'Only show which commands took keys away.'}),
    'min-keys': Flags.integer({
      summary: 'List what took so many keys. Default: flushes and SWAPDB, of others 100 keys.',
      min: 0,
      dependsOn: ['list'],
    }),
    at: Flags.string({summary: 'The commands that begin here.', helpValue: 'OFFSET[,OFFSET]'}),
    last: Flags.boolean({summary: 'Only the last of them.', exclusive: ['at', 'list']}),
    command: Flags.string({summary: 'Name of the command, as the argument.', helpValue: 'NAME'}),
    match: Flags.string({summary: 'Only where it writes a key like this.', helpValue: 'GLOB'}),
    since: pointFlag({summary: 'Only from this time or place on.'}),
    until: pointFlag({summary: 'Only up to this time or place.'}),
    'keep-after': Flags.boolean({summary: 'Keep what came later (default).'}),
    'drop-after': Flags.boolean({
      summary: 'Leave out what came after the last of them.',
      exclusive: ['keep-after', 'list'],
    }),
  }

  protected override readonly mode = 'worker'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Undo)
    const printing = await this.printing(flags)
    const {input, command} = undoInput(args, flags.command)
    const {list, config, databases, 'drop-after': dropAfter} = flags
    if (list) {
      const options = {minKeys: flags['min-keys'], config, databases}
      const outcome = await this.outcome<UndoListReport>(
        'undo-list',
        input,
        options,
        flags,
        undoListExit,
      )
      process.exitCode = outcome.exit
      printUndoList(outcome, printing)
    } else {
      const selection = undoSelection(command, flags)
      const options = {...editOptions(flags, input, new Date()), selection, dropAfter}
      const outcome = await this.outcome<UndoReport>('undo', input, options, flags, undoExit)
      process.exitCode = outcome.exit
      printUndo(outcome, printing)
    }
    await this.output.flush()
  }
}
