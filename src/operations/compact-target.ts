/** What to do about what an output cannot hold. */
import {
  COPIED_ONLY,
  type Feature,
  supports,
  type Target,
  WRITABLE,
} from '../formats/rdb/features.ts'
import type {CompactOptions} from './compact-options.ts'
import {holderOf} from './convert-target.ts'
import {quote} from './next-step.ts'

/** The next version of the same dialect that holds a feature; null where none does. */
export function laterTarget(target: Target, feature: Feature): Target | null {
  if (COPIED_ONLY.has(feature)) return null
  const {dialect} = target
  const version = WRITABLE[dialect].find(
    (each) => each > target.version && supports({dialect, version: each}, feature),
  )
  return version === undefined ? null : {dialect, version}
}

/** The command that would do, null where none does. */
export function nextTarget(
  feature: Feature,
  input: string,
  {base, output, to, single}: CompactOptions,
  target: Target,
): string | null {
  const out = `-o ${quote(output ?? 'OUT')}`
  const start = `respite compact ${quote(input)}${single ? ' --single' : ''}`
  const later = laterTarget(target, feature)
  if (later !== null) return `${start} --rdb-version ${later.version} ${out}`
  // Of what can only be copied into an RDB, some can be said in commands.
  const newest = {dialect: target.dialect, version: WRITABLE[target.dialect].at(-1)!}
  const inCommands = base !== 'aof' && to !== 'rdb' && holderOf('commands', newest).holds(feature)
  return inCommands ? `${start} --base aof --rdb-version ${newest.version} ${out}` : null
}
