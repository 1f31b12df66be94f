/** What `verify` says of each thing it looked at: ok or not, and the figures. */
import {durationText} from './duration.ts'
import type {CheckReport, DigestReport, VerifyCheck, VerifyReport} from './reports.ts'
import {type Baseline, driftsOf} from './verify-baseline.ts'
import type {VerifiedData} from './verify-data.ts'
import {NO_OFFENDERS} from './verify-measure.ts'
import type {VerifyRules} from './verify-rules.ts'

const SHOWN_DRIFTS = 5
const UNTOLD = 'the data could not be read to its end'

function row(name: VerifyCheck['name'], ok: boolean | null, message: string): VerifyCheck {
  return {name, ok, message, db: null, key: null}
}

const countOf = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

export function soundRow({verdict, findingCount, bytes, findings}: CheckReport): VerifyCheck {
  const ok = verdict === 'sound' ? true : verdict === 'unsupported' ? null : false
  const notes = findings.length > 0 ? `, ${countOf(findingCount, 'finding')}` : ''
  return row('sound', ok, `${countOf(bytes, 'byte')} checked: ${verdict}${notes}`)
}

export function dataRows(data: VerifiedData | null): VerifyCheck[] {
  if (data === null) return [row('digest', null, UNTOLD)]
  const {digest, replay} = data
  const rows = [row('digest', digest === null ? null : true, digest ?? UNTOLD)]
  if (replay === null) return rows
  const {commands, failed} = replay
  const ok = failed > 0 ? false : digest === null ? null : true
  return [row('replay', ok, `${countOf(commands, 'command')}, ${failed} failed`), ...rows]
}

/** One row per rule that there is. */
export function ruleRows(
  report: VerifyReport,
  data: VerifiedData | null,
  rules: VerifyRules,
): VerifyCheck[] {
  const {maxAgeMs, minKeys, maxKeysWithoutTtl} = rules
  const rows: VerifyCheck[] = []
  if (maxAgeMs !== undefined) rows.push(ageRow(report, maxAgeMs))
  if (minKeys !== undefined) {
    const {keys} = report
    const message = `${countOf(keys, 'key')}, at least ${minKeys}`
    rows.push(dataRow(report, 'min-keys', keys >= minKeys, message))
  }
  if (maxKeysWithoutTtl !== undefined) {
    const expires = Object.values(report.databases).reduce((sum, each) => sum + each.expires, 0)
    const lasting = report.keys - expires
    const message = `${countOf(lasting, 'key')} without an expiry, at most ${maxKeysWithoutTtl}`
    rows.push(dataRow(report, 'max-keys-without-ttl', lasting <= maxKeysWithoutTtl, message))
  }
  return [...rows, ...measuredRows(report, data, rules)]
}

function ageRow({ageMs, createdFrom}: VerifyReport, maxAgeMs: number): VerifyCheck {
  const source = createdFrom === 'file' ? ', by the time of the file' : ''
  const message = `${durationText(ageMs)} old, at most ${durationText(maxAgeMs)}${source}`
  return row('max-age', ageMs <= maxAgeMs, message)
}

/** What is known of a part of the data says nothing of the whole. */
function dataRow(
  {digest}: VerifyReport,
  name: VerifyCheck['name'],
  ok: boolean,
  message: string,
): VerifyCheck {
  return digest === null ? row(name, null, UNTOLD) : row(name, ok, message)
}

function measuredRows(
  report: VerifyReport,
  data: VerifiedData | null,
  {maxValueBytes, forbiddenPrefixes}: VerifyRules,
): VerifyCheck[] {
  const rows: VerifyCheck[] = []
  if (maxValueBytes !== undefined) {
    const {count, largest, ...example} = data?.large ?? NO_OFFENDERS
    const many = count > 0 ? `: ${countOf(count, 'value')} over it` : ''
    const message = `${countOf(largest, 'byte')} in the largest value, at most ${maxValueBytes}${many}`
    rows.push({...dataRow(report, 'max-value-bytes', count === 0, message), ...example})
  }
  if (forbiddenPrefixes !== undefined) {
    const {count, db, key} = data?.forbidden ?? NO_OFFENDERS
    const many = forbiddenPrefixes.length
    const message = `${countOf(count, 'key')} with one of ${many} forbidden prefix${many === 1 ? '' : 'es'}`
    rows.push({...dataRow(report, 'forbidden-prefixes', count === 0, message), db, key})
  }
  return rows
}

export function againstRow(
  digest: string | null,
  other: DigestReport,
  against: string,
): VerifyCheck {
  if (other.digest === null) {
    const reason = other.stoppedAt === null ? 'no digest' : other.stoppedAt.message
    const ok = other.stoppedAt?.code === 'UNSUPPORTED' ? null : false
    return row('against', ok, `${against} could not be digested: ${reason}`)
  }
  if (digest === null) return row('against', null, UNTOLD)
  const same = digest === other.digest
  const what = same ? 'the same data as' : `other data (${other.digest}) than`
  return row('against', same, `${what} ${against}, ${countOf(other.keys, 'key')}`)
}

export function baselineRow(
  report: VerifyReport,
  baseline: Baseline,
  maxPercent: number,
): VerifyCheck {
  if (report.digest === null) return row('baseline', null, UNTOLD)
  const {drifts, compared} = driftsOf(baseline, report, maxPercent)
  if (drifts.length === 0) {
    return row('baseline', true, `${countOf(compared, 'figure')} within ${maxPercent} %`)
  }
  const more = drifts.length > SHOWN_DRIFTS ? ` and ${drifts.length - SHOWN_DRIFTS} more` : ''
  const shown = drifts.slice(0, SHOWN_DRIFTS).join(', ')
  return row('baseline', false, `more than ${maxPercent} % off: ${shown}${more}`)
}

/** Only what is good becomes what others are held against. */
export function newBaselineRow(ok: boolean): VerifyCheck {
  return ok
    ? row('baseline', true, 'this input is the baseline from now on')
    : row('baseline', null, 'none was written: an input that fails is no baseline')
}
