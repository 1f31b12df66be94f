/** `compact` of what has no commands: an RDB, or a set of one. It is converted as it goes by, in constant memory. */
import {Exit, RespiteError} from '../errors.ts'
import type {Host} from '../io/host.ts'
import {estimateSize} from '../io/input-size.ts'
import {placeOf} from './compact-edit.ts'
import type {CompactOptions} from './compact-options.ts'
import type {CompactReport} from './compact-reports.ts'
import {convert} from './convert.ts'
import {formOf} from './convert-options.ts'
import {readBackWholeRdb} from './convert-proof.ts'
import type {Loadable} from './dataset-source.ts'
import {quote} from './next-step.ts'
import {pointError} from './point.ts'
import {setMembers} from './set-members.ts'
import {clearUp} from './write-edit.ts'

export async function compactRdb(
  host: Host,
  loadable: Loadable,
  options: CompactOptions,
  report: CompactReport,
): Promise<CompactReport> {
  const {input, files, rdb} = loadable
  const {keepSince, inPlace, to = 'aof', single = false} = options
  if (keepSince) throw pointError('there are no commands here that could be kept')
  report.bytesBefore = estimateSize(files.map(({path}) => path))
  if (inPlace) {
    const set = setMembers(loadable.layout)
    const place = {manifest: set?.manifest ?? null}
    if (!options.dryRun) clearUp(place, set?.directory ?? files[0].path)
    return {...report, verdict: 'compact', bytesAfter: report.bytesBefore}
  }
  const {output} = placeOf(loadable, options)
  const before = options.dryRun ? null : digestOrNull(host, rdb!.path)
  const converted = await convert(host, [input], {
    ...options,
    ...{to, output: options.output === null ? null : output},
  })
  const {verdict, files: written, bytes, keys, databases, functions, proof, target} = converted
  const {producer, reason, stoppedAt} = converted
  const facts = {target, producer, keys, databases, functions, reason, stoppedAt}
  if (verdict !== 'converted') {
    const next = verdict === 'refused' ? nextFor(input, options) : null
    return {...report, ...facts, base: options.base ?? 'rdb', verdict, next, bytesAfter: 0}
  }
  // Before 4.0 a log has commands only.
  const form = formOf({to, base: options.base, single}, target.rdbVersion)
  const base: CompactReport['base'] = form === 'rdb' ? 'rdb' : 'aof'
  // All keys are written anew as commands; what convert proved is then the whole.
  const after = base === 'rdb' ? readBackWholeRdb(host, written[0]).digest : proof!.digest
  if (base === 'rdb' && before !== after) throw different(output, before, after)
  const digests = {before: base === 'rdb' ? before! : after, after}
  const out = {output, files: written, bytesAfter: bytes, single, base}
  return {...report, ...facts, ...out, verdict: 'compacted', proof: digests}
}

/** Null where it is damaged: reading it to write it says how. */
function digestOrNull(host: Host, path: string): string | null {
  try {
    return readBackWholeRdb(host, path).digest
  } catch (error) {
    if (!(error instanceof RespiteError)) throw error
    return null
  }
}

function nextFor(input: string, {output}: CompactOptions): string {
  return `respite convert ${quote(input)} --to rdb -o ${quote(output ?? 'OUT')}`
}

function different(output: string, before: string | null, after: string): RespiteError {
  const message = `${output}: it was written, and does not hold what the input does: digest ${after} instead of ${before}`
  const next = 'Do not use it. Please report this, with the output of respite info on the input.'
  return new RespiteError(Exit.INTERNAL, 'UNLIKE', message, next)
}
