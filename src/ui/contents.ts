/** What an input holds: databases, types, commands, files. Shared by the texts of check and info. */

import type {DatabaseCounts, FileReport} from '../operations/reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {printable} from './escape.ts'
import {tableLines} from './table.ts'

const SHOWN_DATABASES = 16
const SHOWN_COMMANDS = 12
const SHOWN_FILES = 20
const SHOWN_NAMES = 10

/** A table with a row per database and a column per type that occurs. */
export function databaseLines(
  databases: Readonly<Record<string, DatabaseCounts>>,
  all: boolean,
): string[] {
  const entries = Object.entries(databases).sort(([a], [b]) => Number(a) - Number(b))
  if (entries.length === 0) return []
  const types = [...new Set(entries.flatMap(([, counts]) => Object.keys(counts.types)))]
  const shown = all ? entries : entries.slice(0, SHOWN_DATABASES)
  const rows = shown.map(([db, {keys, expires, types: counts}]) => [
    printable(db),
    countText(keys),
    countText(expires),
    ...types.map((type) => countText(counts[type] ?? 0)),
  ])
  const lines = tableLines([['db', 'keys', 'expires', ...types.map(printable)], ...rows], '  ')
  return withRest(lines, entries.length - shown.length, 'database')
}

/** The commands that occur most: `SET 120, SELECT 3`. */
export function commandText(counts: Readonly<Record<string, number>>, all: boolean): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a)
  const shown = all ? entries : entries.slice(0, SHOWN_COMMANDS)
  const text = shown.map(([name, count]) => `${printable(name)} ${countText(count)}`).join(', ')
  const rest = entries.length - shown.length
  return rest > 0 ? `${text} and ${plural(rest, 'other')}` : text
}

/** A table with a row per file, when there are several. */
export function fileLines(files: readonly FileReport[], exact: boolean, all: boolean): string[] {
  if (files.length < 2) return []
  const shown = all ? files : files.slice(0, SHOWN_FILES)
  const rows = shown.map(({role, bytes, keys, commands, file}) => [
    role,
    sizeText(bytes, exact),
    countText(keys),
    countText(commands),
    printable(file),
  ])
  const head = ['role', 'size', 'keys', 'commands', 'file']
  const lines = tableLines([head, ...rows], '  ', [0, 4])
  return withRest(lines, files.length - shown.length, 'file')
}

/** Names of functions or modules in one line, cut where there are very many. */
export function namesText(names: readonly string[], all: boolean): string {
  const shown = all ? names : names.slice(0, SHOWN_NAMES)
  const text = shown.map(printable).join(', ')
  return names.length > shown.length ? `${text} and ${names.length - shown.length} more` : text
}

/** `12 keys in 2 databases, 3 with an expiry`. */
export function keysText(
  keys: number,
  databases: Readonly<Record<string, DatabaseCounts>>,
): string {
  const all = Object.values(databases)
  const expires = all.reduce((sum, counts) => sum + counts.expires, 0)
  const places = all.length > 1 ? ` in ${plural(all.length, 'database')}` : ''
  const expiring = expires > 0 ? `, ${countText(expires)} with an expiry` : ''
  return `${plural(keys, 'key')}${places}${expiring}`
}

function withRest(lines: string[], rest: number, what: string): string[] {
  return rest > 0 ? [...lines, `  and ${plural(rest, what)} more (-v shows all)`] : lines
}
