/** Words that the text and the page of a report have in common. */
import type {Advice} from '../operations/report-reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'

const UNITS = [
  [365 * 86400, 'y'],
  [86400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const

/** `6 h`; what the bounds of bands are is whole in some unit. */
export function timeText(seconds: number): string {
  const [size, unit] = UNITS.find(([each]) => seconds >= each && seconds % each === 0) ?? [1, 's']
  return `${seconds / size} ${unit}`
}

/** `under 1 min`, `1 min to 1 h`, `1 y and more`. */
export function bandText(
  from: number | null,
  to: number | null,
  text: (n: number) => string,
): string {
  if (from === null) return `under ${text(to ?? 0)}`
  return to === null ? `${text(from)} and more` : `${text(from)} to ${text(to)}`
}

export const ttlText = (from: number | null, to: number | null): string =>
  from === null ? 'had expired' : bandText(from === 0 ? null : from, to, timeText)

export const percent = (part: number, whole: number): string =>
  whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(1)} %`

/** One sentence with figures. */
export function adviceText(advice: Advice, exact: boolean): string {
  const {code, subject, keys} = advice
  const memory = sizeText(advice.memory, exact)
  const saves = sizeText(advice.saves ?? 0, exact)
  const count = plural(keys, 'key')
  switch (code) {
    case 'TIGHT_LIMIT':
      return `${count} just over ${subject}: ${memory}. Twice the limit would save about ${saves}.`
    case 'SMALL_STRINGS':
      return `${plural(keys, 'string')} of at most 32 bytes: ${memory}. Grouped as fields of small hashes they would take about ${saves} less.`
    case 'COPIES':
      return `${plural(keys, 'value')} are copies of others: about ${saves} of the file. Keep one of each, and refer to it.`
    case 'COMPRESS':
      return `${plural(keys, 'string')} compress from ${memory} to less than half: compressed by the clients they would take ${saves} less.`
    case 'EXPIRED':
      return `${count} had expired when the data was saved: ${saves}, which a server frees as it finds them.`
    case 'NO_TTL':
      return `${count} never expire, unlike most others: ${memory}. Is that what they should do?`
    case 'IDLE':
      return `${count} are hardly used (not for 30 days, or by their LFU counter): ${memory}.`
    case 'BIG_KEYS':
      return `${count} of 64 MiB, or of a million elements, and more: ${memory}. Commands on them block a server; UNLINK them, split them.`
    case 'SKEW':
      return subject === 'inputs'
        ? 'The inputs are filled unevenly: move slots.'
        : `The fullest slot has ${memory} in ${countText(keys)} keys, far more than others: look at hash tags.`
  }
}
