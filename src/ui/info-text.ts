/** What `respite info` says to people. */

import type {InfoReport} from '../operations/reports.ts'
import {plural, sizeText} from '../sizes.ts'
import {holder, type TextOptions} from './check-text.ts'
import {databaseLines, fileLines, keysText, namesText} from './contents.ts'
import {bytesText, printable} from './escape.ts'
import {findingLines} from './findings.ts'
import {fieldLines} from './table.ts'

const KINDS: Readonly<Record<InfoReport['kind'], string>> = {
  rdb: 'RDB snapshot',
  aof: 'append-only file',
  'aof-set': 'multi-part append-only file',
  jsonl: 'lines of JSON',
  server: 'a server',
  unknown: 'neither RDB nor AOF',
}

const CHECKSUMS: Readonly<Record<InfoReport['checksum'], string>> = {
  present: 'present (check verifies it)',
  off: 'switched off by the server (rdbchecksum no)',
  none: 'none: RDB versions below 5 have no checksum',
  unknown: 'unknown',
}

export function infoLines(report: InfoReport, options: TextOptions): string[] {
  const {paint, verbose, exactBytes} = options
  return [
    `${paint.bold(printable(report.input))}: ${kindText(report)}`,
    ...fieldLines(infoFields(report, options), '  '),
    ...databaseLines(report.databases, verbose),
    ...fileLines(report.files, exactBytes, verbose),
    ...layoutLines(report),
    ...auxLines(report),
    ...(report.stoppedAt === null ? [] : findingLines([report.stoppedAt], true, paint)),
  ]
}

function kindText({kind, rdbVersion, wrapped, stoppedAt}: InfoReport): string {
  if (kind === 'unknown' && stoppedAt?.code === 'EMPTY_INPUT') return 'empty file'
  const version = rdbVersion === null ? '' : `, RDB version ${rdbVersion}`
  return `${KINDS[kind]}${version}${wrapped.map((wrap) => `, in ${wrap}`).join('')}`
}

function infoFields(report: InfoReport, options: TextOptions): [string, string][] {
  const {verbose, exactBytes} = options
  const unit = exactBytes ? ' bytes' : ''
  const size = (bytes: number) => `${sizeText(bytes, exactBytes)}${unit}`
  const {producer, bits, createdAt, usedMemoryBytes, replication, commands, keys} = report
  const fields: [string, string][] = [['size', size(report.bytes)]]
  if (producer !== null) {
    fields.push(['written by', printable(producer) + (bits === null ? '' : `, ${bits} bit`)])
  }
  if (createdAt !== null) fields.push(['created', printable(createdAt)])
  if (usedMemoryBytes !== null) fields.push(['memory then', size(usedMemoryBytes)])
  if (replication !== null) {
    const {id, offset, streamDb} = replication
    const text = `id ${printable(id)}, offset ${printable(offset)}, db ${streamDb}`
    fields.push(['replication', text])
  }
  if (report.rdbVersion !== null) fields.push(['checksum', CHECKSUMS[report.checksum]])
  if (keys !== null && (keys > 0 || report.kind === 'rdb')) {
    fields.push([holder(report.kind), keysText(keys, report.databases)])
  }
  if (commands !== null) fields.push(['log', plural(commands, 'command')])
  if (report.functions.length > 0) fields.push(['functions', namesText(report.functions, verbose)])
  const modules = report.modules.map(({name, version}) => `${name} (version ${version})`)
  if (modules.length > 0) fields.push(['modules', namesText(modules, verbose)])
  return fields
}

function layoutLines({layout}: InfoReport): string[] {
  return layout.length === 0 ? [] : ['', ...layout.map((line) => printable(line))]
}

function auxLines({aux}: InfoReport): string[] {
  if (aux.length === 0) return []
  const fields = aux.map(({name, value}): [string, string] => [bytesText(name), bytesText(value)])
  return ['', `${plural(aux.length, 'AUX field')}:`, ...fieldLines(fields, '  ')]
}
