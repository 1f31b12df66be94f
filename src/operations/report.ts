/** `respite report`: what fills any number of inputs, or what parts of a report come to together. */
import {FormatError} from '../formats/errors.ts'
import {text} from '../formats/text.ts'
import {nodeDisk} from '../io/disk.ts'
import type {Host} from '../io/host.ts'
import {InputError} from '../io/input-error.ts'
import {readText} from '../io/read-text.ts'
import {finishReport} from './report-finish.ts'
import {addInput} from './report-input.ts'
import {PART_HEAD, parsePart, partText} from './report-part.ts'
import type {ReportReport} from './report-reports.ts'
import {
  DEFAULT_PREFIXES,
  DEFAULT_SEPARATORS,
  DEFAULT_TOP,
  type ReportOptions,
} from './report-settings.ts'
import {type PartState, ReportState, type StateSettings} from './report-state.ts'

/** With `partial` it emits a part file. @throws InputError. What stands in the way of the data itself is in the report. */
export async function report(
  host: Host,
  inputs: readonly string[],
  options: ReportOptions = {},
): Promise<ReportReport> {
  const parts = inputs.map((input) => (isPart(host, input) ? readPart(input) : null))
  const state = new ReportState(settingsOf(parts, options))
  for (const [i, input] of inputs.entries()) {
    const part = parts[i]
    if (part === null) await addInput(host, input, state, options)
    else state.addState(part)
  }
  if (options.partial) host.emit(new TextEncoder().encode(partText(state)))
  return finishReport(state, options.prefixes ?? DEFAULT_PREFIXES)
}

/** Parts were made with settings of their own, which then hold for all. @throws InputError where they differ. */
function settingsOf(parts: readonly (PartState | null)[], options: ReportOptions): StateSettings {
  const {separators = DEFAULT_SEPARATORS, top, slots = false, dedup = false} = options
  const [first, ...others] = parts.filter((part) => part !== null).map(({settings}) => settings)
  const asked = {separators: [...new TextEncoder().encode(separators)], slots, dedup}
  if (first === undefined) return {...asked, top: top ?? DEFAULT_TOP}
  const same = (settings: StateSettings) =>
    ['separators', 'slots', 'dedup'].every(
      (name) =>
        JSON.stringify(settings[name as keyof StateSettings]) ===
        JSON.stringify(first[name as keyof StateSettings]),
    )
  const whole = parts.includes(null) ? [...others, {...asked, top: 0}] : others
  const odd = whole.find((settings) => !same(settings))
  if (odd !== undefined) throw unlike(parts)
  const tops = [first, ...others].map((settings) => settings.top)
  return {...first, top: Math.min(...tops, top ?? Number.POSITIVE_INFINITY)}
}

function unlike(parts: readonly (PartState | null)[]): InputError {
  const message =
    'the parts were made with other separators, --slots or --dedup than the rest: make all of them alike'
  const path = parts.find((part) => part !== null)?.inputs[0]?.input ?? 'parts'
  return new InputError('INPUT_KIND', path, message)
}

function isPart(host: Host, input: string): boolean {
  if (input === '-' || !nodeDisk().stat(input)?.isFile()) return false
  try {
    return text(host.open(input, {crc: false}).head).startsWith(PART_HEAD)
  } catch (error) {
    // Whoever reads it will tell.
    if (error instanceof FormatError) return false
    throw error
  }
}

/** @throws InputError. */
function readPart(input: string): PartState {
  const part = parsePart(readText(input))
  if (part !== null) return part
  const message = 'a part of a report that is cut or was changed: make it again'
  throw new InputError('INPUT_KIND', input, message)
}
