/** The flags of `report`, and what they say for the operation. */
import {Flags} from '#oclif'
import {Exit, RespiteError} from './errors.ts'
import {KEY_ALLOCATORS} from './operations/keys-reports.ts'
import type {ReportOptions} from './operations/report-settings.ts'
import {type SelectValues, selection} from './select-flags.ts'

const WRITING = 'WRITING'

export const reportFlags = {
  top: Flags.integer({
    summary: 'How many of the largest keys; 20 by default.',
    min: 1,
    max: 10_000,
  }),
  prefixes: Flags.integer({
    summary: 'How many prefixes at most; 1000 by default.',
    min: 1,
    max: 100_000,
  }),
  separator: Flags.string({
    summary: 'Characters that separate the parts of keys; : by default.',
    helpValue: 'CHARACTERS',
  }),
  slots: Flags.boolean({summary: 'Count by slots of a cluster.'}),
  dedup: Flags.boolean({summary: 'Look for values that are there more than once.'}),
  allocator: Flags.option({
    options: KEY_ALLOCATORS,
    summary: 'The allocator of the server whose memory is estimated.',
  })(),
  html: Flags.string({
    summary: 'Write one page for browsers.',
    helpValue: 'FILE',
    helpGroup: WRITING,
  }),
  csv: Flags.string({
    summary: 'Write tables into a new directory.',
    helpValue: 'DIR',
    helpGroup: WRITING,
  }),
  partial: Flags.string({
    summary: 'Write what other runs can add up: they take it as an input.',
    helpValue: 'FILE',
    helpGroup: WRITING,
  }),
  force: Flags.boolean({summary: 'Replace files that are there.', helpGroup: WRITING}),
}

interface ReportValues extends SelectValues {
  config?: string
  top?: number
  prefixes?: number
  separator?: string
  slots: boolean
  dedup: boolean
  allocator?: ReportOptions['allocator']
  partial?: string
}

/** @throws RespiteError USAGE. */
export function reportOptions(flags: ReportValues): ReportOptions {
  const {config, top, prefixes, separator, slots, dedup, allocator, partial} = flags
  if (separator !== undefined && !/^[\x21-\x7e]{1,16}$/.test(separator)) {
    const message = '--separator takes one to sixteen printable ASCII characters'
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  }
  return {
    ...{config, top, prefixes, separators: separator, slots, dedup, allocator},
    partial: partial !== undefined,
    selection: selection(flags),
  }
}
