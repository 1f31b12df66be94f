import {Args, Flags} from '#oclif'
import {BaseCommand, inputFlags, pointFlag} from '../base-command.ts'
import type {DigestReport} from '../operations/reports.ts'
import {engineFlags, engineOf, inputsOf, serverFlags} from '../server-flags.ts'
import {DIGEST_HELP} from '../ui/digest-help.ts'
import {digestExit, printDigest} from '../ui/digest-output.ts'
import {type Outcome, worstExit} from '../ui/outcome.ts'

export default class Digest extends BaseCommand {
  static override summary = DIGEST_HELP.summary
  static override description = DIGEST_HELP.description
  static override examples = DIGEST_HELP.examples
  static override args = {
    input: Args.string({
      multiple: true,
      ignoreStdin: true,
      description: 'Files, directories or servers (redis://host:port) to read; - is stdin.',
    }),
  }
  static override flags = {
    ...inputFlags,
    server: Flags.option({
      options: ['6.2', '7.0', '7.2', '7.4', '8', 'valkey'] as const,
      summary: 'Whose DEBUG DIGEST; by default that of the server that wrote the input.',
      exclusive: ['full'],
    })(),
    full: Flags.boolean({summary: 'Digest everything that can be read back (docs/digest.md).'}),
    at: pointFlag({
      summary: 'The state at a point of a log instead of at its end.',
      exclusive: ['engine'],
    }),
    keys: Flags.boolean({summary: 'One digest per key, as DEBUG DIGEST-VALUE, before the whole.'}),
    ...serverFlags,
    ...engineFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Digest)
    const printing = await this.printing(flags)
    const {server, full, keys, config, at} = flags
    const outcomes: Outcome<DigestReport>[] = []
    const inputs = inputsOf(args.input, flags)
    const engine = engineOf(flags, inputs)
    const operation = engine.length > 0 ? 'digest-on-server' : 'digest'
    for (const input of inputs) {
      const options = {server, full, keys, config, at, force: flags.force}
      const outcome = await this.outcome(operation, input, options, flags, digestExit, engine)
      outcomes.push(outcome)
      await printDigest(outcome, printing)
      await this.output.flush()
    }
    process.exitCode = worstExit(outcomes)
  }
}
