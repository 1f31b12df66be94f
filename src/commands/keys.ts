import {Args, Flags} from '#oclif'
import {BaseCommand, inputFlags} from '../base-command.ts'
import {keysOptions} from '../keys-flags.ts'
import {KEY_ALLOCATORS, KEY_ORDERS} from '../operations/keys-reports.ts'
import {selectFlags} from '../select-flags.ts'
import {KEY_FORMATS} from '../ui/key-lines.ts'
import {KEYS_HELP} from '../ui/keys-help.ts'
import {keyChunks, keysExit, printKeys} from '../ui/keys-output.ts'

export default class Keys extends BaseCommand {
  static override summary = KEYS_HELP.summary
  static override description = KEYS_HELP.description
  static override examples = KEYS_HELP.examples
  static override args = {
    input: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'File or directory to read; - is an RDB from stdin.',
    }),
  }
  static override flags = {
    ...inputFlags,
    format: Flags.option({
      options: KEY_FORMATS,
      summary: 'How rows look; by default a table, with --json ndjson.',
    })(),
    template: Flags.string({
      summary: "One line per key: '{db} {key} {type} {memory}', names of columns.",
      helpValue: 'TEXT',
      exclusive: ['format', 'columns', 'json'],
    }),
    columns: Flags.string({
      summary:
        'Of db, key, type, encoding, elements, size, memory, expiry, idle, freq, slot, offset.',
      helpValue: 'NAME,…',
    }),
    sort: Flags.option({
      options: KEY_ORDERS,
      summary: 'Largest first; expiries soonest first; keys by their bytes.',
    })(),
    limit: Flags.integer({summary: 'So many rows; 100 with --sort.', min: 1, max: 10_000_000}),
    count: Flags.boolean({
      summary: 'Only count, by database and type.',
      exclusive: ['sort', 'limit', 'format', 'template', 'columns'],
    }),
    allocator: Flags.option({
      options: KEY_ALLOCATORS,
      summary: 'The allocator of the server whose memory is estimated.',
    })(),
    ...selectFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Keys)
    const {options, lines} = keysOptions(flags)
    const printing = await this.printing(flags)
    const settings = {...flags, onChunk: keyChunks(lines, printing)}
    const outcome = await this.outcome('keys', args.input, options, settings, keysExit)
    const {sort, count, json, format} = flags
    const summary = json || format === 'ndjson'
    printKeys(outcome, {summary, countOnly: count, sort}, printing)
    await this.output.flush()
    process.exitCode = outcome.exit
  }
}
