/** Printing what `salvage` kept and lost, for somebody who was woken up by it. */
import {Exit, type ExitCode} from '../errors.ts'
import type {SalvageGap, SalvageKey, SalvageLoss, SalvageReport} from '../operations/reports.ts'
import {countText, plural, sizeText} from '../sizes.ts'
import {databaseLines, keysText} from './contents.ts'
import {printable, quoteKey} from './escape.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'

const SHOWN = 20

export function salvageExit({verdict}: SalvageReport): ExitCode {
  if (verdict === 'nothing') return Exit.UNREPAIRABLE
  return verdict === 'salvaged' ? Exit.PARTIAL : Exit.OK
}

export function printSalvage(outcome: Outcome<SalvageReport>, printing: Printing): void {
  const {output, json, version} = printing
  if (json) return output.line(jsonLine(outcomeDocument(outcome, version)))
  if (outcome.error !== null) return printing.complain(outcome.error, outcome.input)
  if (printing.quiet && outcome.exit === Exit.OK) return
  for (const line of salvageLines(outcome.report, printing)) output.line(line)
}

export function salvageLines(report: SalvageReport, printing: Printing): string[] {
  const {verbose, paint} = printing
  const shown = verbose ? report.gaps : report.gaps.slice(0, SHOWN)
  const lines = [`${paint.bold(printable(report.input))}: ${headline(report, printing)}`]
  lines.push(...checksumLines(report))
  for (const gap of shown) lines.push(...gapLines(gap, printing))
  const rest = report.gapCount - shown.length
  if (rest > 0) lines.push(`  and ${plural(rest, 'place')} more (--report lists them)`)
  lines.push(...duplicateLines(report, verbose), ...noteLines(report, printing))
  if (report.keys > 0) lines.push('  Kept:', ...databaseLines(report.databases, verbose))
  lines.push(...lossLines(report, verbose))
  lines.push(...nextLines(report, printing))
  return lines
}

function headline(report: SalvageReport, {paint, exactBytes}: Printing): string {
  const {verdict, keys, databases, gapCount, bytesLost} = report
  const kept = keysText(keys, databases)
  if (verdict === 'nothing') return paint.bad('nothing could be recovered')
  if (verdict === 'sound') return `${paint.good('sound')}, nothing is lost: ${kept}`
  if (verdict === 'checksum') return `${paint.good('every key is there')}: ${kept}`
  const places = plural(gapCount, 'damaged place')
  return `${paint.warn('salvaged')} ${kept}; ${places}, ${sizeText(bytesLost, exactBytes)} lost`
}

function checksumLines({checksum, verdict}: SalvageReport): string[] {
  if (checksum === 'wrong' && verdict === 'checksum') {
    return ['  Only the checksum is wrong: damage inside keys and values cannot be ruled out.']
  }
  if (checksum === 'wrong' || checksum === 'missing') {
    if (verdict === 'salvaged') {
      return [
        '  No checksum covers what is kept: bytes that were changed inside a key or value, its length intact, cannot be told,',
        '  least of all near the places below.',
      ]
    }
  }
  if (checksum === 'missing' && verdict === 'checksum') return ['  Only the end mark is missing.']
  return []
}

const KINDS: Readonly<Record<SalvageGap['kind'], string>> = {
  value: 'the value is damaged',
  record: 'a record is damaged',
  gap: 'no record could be made of this',
  cut: 'the file ends here',
}

function gapLines(gap: SalvageGap, {exactBytes, paint}: Printing): string[] {
  const {offset, bytes, code, message, kind, db, key, type, file} = gap
  const size = sizeText(bytes, exactBytes)
  const what =
    key === null ? KINDS[kind] : `key ${quoteKey(key)} (${type}, db ${db}): ${KINDS[kind]}`
  const lines = [
    '',
    `  offset ${offset} (0x${offset.toString(16)}), ${size}: ${what}: ${printable(message)} ${paint.dim(`[${code}]`)}`,
  ]
  const around = [placeText('after', gap.before), placeText('before', gap.after)].filter(Boolean)
  if (around.length > 0) lines.push(`    ${around.join(', ')}`)
  if (gap.databaseUnsure) {
    lines.push(
      `    a SELECTDB may have been among it: up to the next one, keys of another database may be in db ${gap.after?.db ?? db}`,
    )
  }
  if (gap.attributesUnsure && gap.after !== null) {
    const after = quoteKey(gap.after.key)
    lines.push(
      `    key ${after} may have had an expiry or idle time in these bytes; it is kept without`,
    )
  }
  if (gap.elementsKept !== null) {
    const lost = gap.elementsLost === null ? '' : `, ${countText(gap.elementsLost)} lost`
    lines.push(`    kept its first ${plural(gap.elementsKept, 'element')}${lost}`)
  }
  if (file !== null) lines.push(`    its bytes are in ${printable(file)}`)
  return lines
}

function lossLines({lost, databases}: SalvageReport, all: boolean): string[] {
  const entries = Object.entries(lost).sort(([a], [b]) => Number(a) - Number(b))
  const shown = all ? entries : entries.slice(0, SHOWN)
  const rest = entries.length - shown.length
  return [
    ...shown.map(([db, loss]) => `  ${lossText(db, loss, databases[db]?.keys ?? 0)}`),
    ...(rest > 0 ? [`  and ${plural(rest, 'database')} more (-v shows all)`] : []),
  ]
}

function lossText(
  db: string,
  {keys, types, elementsKept, elementsLost}: SalvageLoss,
  kept: number,
): string {
  const name = `db ${printable(db)}`
  if (keys !== null && keys < 0) {
    const all = countText(kept + keys)
    return `More than the ${all} keys that ${name} had are there: some may belong to another database.`
  }
  const parts = keys === null ? [] : [`${countText(keys)} of ${plural(kept + keys, 'key')}`]
  const known = Object.entries(types).map(
    ([type, count]) => `${countText(count)} ${printable(type)}`,
  )
  if (known.length > 0) parts.push(`damaged values: ${known.join(', ')}`)
  if (elementsKept > 0) {
    const whole = plural(elementsKept + elementsLost, 'element')
    parts.push(`${countText(elementsLost)} of ${whole} of the collections kept in part`)
  }
  return `Lost: ${name}: ${parts.join('; ')}`
}

function placeText(where: string, key: SalvageKey | null): string {
  return key === null ? '' : `${where} key ${quoteKey(key.key)} (db ${key.db})`
}

function duplicateLines({duplicates}: SalvageReport, all: boolean): string[] {
  if (duplicates.length === 0) return []
  const shown = all ? duplicates : duplicates.slice(0, SHOWN)
  const rest = duplicates.length - shown.length
  return [
    '',
    `  ${plural(duplicates.length, 'key')} were there twice; servers refuse that, so one of each was left out:`,
    ...shown.map(
      ({key, db, offset, keptOffset}) =>
        `    key ${quoteKey(key)} (db ${db}) at offset ${offset}; the one at ${keptOffset} was kept`,
    ),
    ...(rest > 0 ? [`    and ${countText(rest)} more (-v shows all)`] : []),
  ]
}

function noteLines(report: SalvageReport, {exactBytes}: Printing): string[] {
  const {keysBehindDamage, partial, trailingBytes, verdict} = report
  const lines: string[] = []
  if (keysBehindDamage > 0) {
    lines.push(
      `  ${plural(keysBehindDamage, 'key')} lie behind the first damage; compare a few of them.`,
    )
  }
  if (partial > 0) lines.push(`  Of ${plural(partial, 'key')} only the first elements are there.`)
  if (trailingBytes > 0) {
    const log = verdict === 'salvaged' ? ', which may be a log of later writes,' : ''
    lines.push(
      `  ${sizeText(trailingBytes, exactBytes)} behind the end of the RDB${log} were left out.`,
    )
  }
  return lines.length > 0 ? ['', ...lines] : []
}

function nextLines(report: SalvageReport, {paint}: Printing): string[] {
  const {output, verdict, input} = report
  if (verdict === 'nothing') {
    return ['', '  Nothing was written. Keep the file: an older backup is what is left to try.']
  }
  if (output === null) {
    const command = `respite salvage ${input} -o recovered.rdb`
    return ['', `  Nothing was written. Next: ${paint.bold(printable(command))}`]
  }
  const name = printable(output)
  return [
    '',
    `  Written to ${name}, read back and compared.`,
    `  Next: ${paint.bold(`respite check ${name}`)}`,
    `        stop the server, keep its old dump.rdb, put ${name} in its place, start it with appendonly no`,
    `        (or try it aside: ${paint.bold(`redis-server --port 7777 --save '' --dbfilename ${name}`)})`,
  ]
}
