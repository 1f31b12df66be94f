/**
 * Points in an input's past, as they are typed:
 *
 *     2024-05-01T10:00:00Z    a time, UTC where no zone is given; a date alone is its midnight
 *     @1714557600             a time in Unix seconds
 *     OFFSET                  the record that starts at this byte is the last one
 *     #N                      the Nth command, counted from 1 over all files in the order they are loaded, is the last one
 *     FILE:OFFSET  FILE:#N    in that file of a set; #N is then counted in that file, as findings count
 *     before:POINT            without the record that is named; before:OFFSET is the file cut to OFFSET bytes
 *
 * OFFSET is where a record starts, as findings and logs print it, or where the file ends; only behind `before:` it may be any.
 */
import {Exit, RespiteError} from '../errors.ts'

export type Point =
  | {kind: 'time'; timeMs: number}
  | {kind: 'offset' | 'record'; file: string | null; at: number; before: boolean}

/** In words, for the help of commands. */
export const POINT_HELP =
  'a time (ISO 8601, or @ and Unix seconds), the offset of a record, or # and the number of a command; FILE:OFFSET in a set of several logs; before:OFFSET to leave that record out'

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d\d:?\d\d)?)?$/i
const PLACE = /^(before:)?(?:(.+):)?(#?)(\d{1,15})$/s

/** @throws RespiteError USAGE where it is no point. */
export function parsePoint(text: string): Point {
  const timeMs = parseTime(text)
  if (timeMs !== null) return {kind: 'time', timeMs}
  const [, before, file = null, sign, digits] = PLACE.exec(text) ?? []
  if (digits === undefined) throw usageError(`${text} is no point: give ${POINT_HELP}`)
  const at = Number(digits)
  const isRecord = sign === '#'
  if (isRecord && at === 0) throw usageError('commands are counted from 1: there is no #0')
  return {kind: isRecord ? 'record' : 'offset', file, at, before: before !== undefined}
}

/** A point that does not fit its input is a mistake of whoever typed it. */
export function pointError(message: string, next: string | null = null): RespiteError {
  return new RespiteError(Exit.USAGE, 'POINT', message, next)
}

function usageError(message: string): RespiteError {
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}

/** In ms; null when it is no time. */
function parseTime(text: string): number | null {
  const seconds = /^@(\d{1,12})$/.exec(text)
  if (seconds) return Number(seconds[1]) * 1000
  const match = ISO.exec(text)
  if (!match) return null
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match
  const numbers = [year, month, day, hour, minute, second].map(Number)
  const [y, mo, d, h, mi, s] = numbers
  const ms = Number(fraction.padEnd(3, '0'))
  const utc = Date.UTC(y, mo - 1, d, h, mi, s, ms)
  // 31 February is 2 March to a Date.
  const date = new Date(utc)
  const same = date.getUTCMonth() === mo - 1 && date.getUTCDate() === d && date.getUTCHours() === h
  if (!same || mi > 59 || s > 59) throw usageError(`${text} is a time that does not exist`)
  return utc - zoneMs(zone)
}

/** How far the clocks of a zone are ahead. */
function zoneMs(zone = 'Z'): number {
  if (zone.toUpperCase() === 'Z') return 0
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60000
}
