/** What to do about what an output cannot hold. */
import {type Feature, type Target, WRITABLE} from '../formats/rdb/features.ts'
import type {CompactOptions} from './compact-options.ts'
import {type Form, holderOf} from './convert-target.ts'
import {quote} from './next-step.ts'

/** The next version of the same dialect that holds a feature in this form; null where none does. */
export function laterTarget(
  {dialect, version}: Target,
  form: Form,
  feature: Feature,
): Target | null {
  const later = WRITABLE[dialect].find(
    (each) => each > version && holderOf(form, {dialect, version: each}).holds(feature),
  )
  return later === undefined ? null : {dialect, version: later}
}

/** The command that would do, null where none does. */
export function nextTarget(
  feature: Feature,
  input: string,
  {output, to, single}: CompactOptions,
  target: Target,
  form: Form,
): string | null {
  const start = `respite compact ${quote(input)}${single ? ' --single' : ''}`
  const command = (flags: string) => `${start} ${flags} -o ${quote(output ?? 'OUT')}`
  const later = laterTarget(target, form, feature)
  if (later !== null) return command(`--rdb-version ${later.version}`)
  if (to === 'rdb') return null
  const [other, base] = form === 'rdb' ? (['commands', 'aof'] as const) : (['rdb', 'rdb'] as const)
  if (holderOf(other, target).holds(feature)) return command(`--base ${base}`)
  const version = laterTarget(target, other, feature)?.version
  return version === undefined ? null : command(`--base ${base} --rdb-version ${version}`)
}
