/** What the flags of `keys` come to. */
import {Exit, RespiteError} from './errors.ts'
import type {KeysOptions} from './operations/keys.ts'
import {KEY_COLUMNS, type KeyColumn, type KeyOrder} from './operations/keys-reports.ts'
import {type SelectValues, selection} from './select-flags.ts'
import {defaultColumns, type KeyFormat, KeyLines, templateColumns} from './ui/key-lines.ts'

interface KeysFlags extends SelectValues {
  config?: string
  format?: KeyFormat
  template?: string
  columns?: string
  sort?: KeyOrder
  limit?: number
  count: boolean
  allocator?: KeysOptions['allocator']
  json: boolean
  bytes: boolean
}

/** @throws RespiteError USAGE. */
export function keysOptions(flags: KeysFlags): {options: KeysOptions; lines: KeyLines} {
  const {config, sort, limit, count, allocator, template, json, bytes} = flags
  const format = template === undefined ? (flags.format ?? (json ? 'ndjson' : 'table')) : 'template'
  const columns = columnsOf(flags, format)
  const options: KeysOptions = {
    config,
    sort,
    limit,
    allocator,
    countOnly: count,
    slots: columns.includes('slot'),
    selection: selection(flags),
  }
  const text = (template ?? '').replaceAll('\\t', '\t').replaceAll('\\n', '\n')
  return {options, lines: new KeyLines({format, columns, template: text, exactBytes: bytes})}
}

function columnsOf({template, columns}: KeysFlags, format: KeyFormat): readonly KeyColumn[] {
  if (template !== undefined) {
    const named = templateColumns(template)
    if (named === null) throw unknownColumn('--template', template)
    return named
  }
  if (columns === undefined) return defaultColumns(format)
  const known: readonly string[] = KEY_COLUMNS
  const names = columns.split(',')
  if (!names.every((name) => known.includes(name))) throw unknownColumn('--columns', columns)
  return names as KeyColumn[]
}

function unknownColumn(flag: string, text: string): RespiteError {
  const message = `${flag} ${text}: columns are ${KEY_COLUMNS.join(', ')}`
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}
