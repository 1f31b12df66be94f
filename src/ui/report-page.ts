/**
 * `report` as one page for browsers, with all that it needs in it. What a file holds stands in one block of JSON in which no `<` is left,
 * and reaches the page as text nodes; a policy lets nothing run or load but the script and the style that belong to it.
 */
import {createHash} from 'node:crypto'
import type {PrefixReport, ReportReport, TopKey} from '../operations/report-reports.ts'
import {countText, sizeText} from '../sizes.ts'
import {printable, quoteKey} from './escape.ts'
import {jsonLine} from './json.ts'
import {PAGE_SCRIPT} from './report-page-script.ts'
import {PAGE_STYLE} from './report-page-style.ts'
import {pageTables} from './report-page-tables.ts'
import {adviceText, bandText, percent, timeText, ttlText} from './report-words.ts'

const TITLE_INPUTS = 3
const TOP_ROWS = 200

type Row = (string | number | null)[]
type PageNode = [
  name: string,
  keys: number,
  memory: number,
  withoutTtl: number,
  children: PageNode[],
]

export function reportPage(report: ReportReport, version: string): string {
  const {style, script} = {style: hashOf(PAGE_STYLE), script: hashOf(PAGE_SCRIPT)}
  const policy = `default-src 'none'; script-src '${script}'; style-src '${style}'; base-uri 'none'; form-action 'none'`
  const title = titleOf(report)
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${markup(title)}</title>`,
    `<style>${PAGE_STYLE}</style></head><body><main>`,
    `<h1>${markup(title)}</h1><p class="soft">${markup(aboutText(report, version))}</p>`,
    '<noscript><p>This page needs scripts, which are in it. <code>respite report</code> prints the same as text.</p></noscript>',
    '<div class="facts" id="facts"></div>',
    '</main>',
    `<script type="application/json" id="data">${dataBlock(pageData(report))}</script>`,
    `<script>${PAGE_SCRIPT}</script>`,
    '</body></html>\n',
  ].join('\n')
}

const hashOf = (text: string): string =>
  `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const markup = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character])

/** JSON may write any character as an escape: what could end the block, or begin anything, is one. */
const dataBlock = (data: object): string =>
  jsonLine(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

function titleOf({inputs}: ReportReport): string {
  const names = inputs.slice(0, TITLE_INPUTS).map(({input}) => input)
  const more = inputs.length > TITLE_INPUTS ? ` and ${inputs.length - TITLE_INPUTS} more` : ''
  return names.join(', ') + more
}

function aboutText({inputs}: ReportReport, version: string): string {
  const times = inputs.flatMap(({createdAt}) => (createdAt === null ? [] : [createdAt])).sort()
  const saved =
    times.length === 0 ? '' : `saved ${[...new Set([times[0], times.at(-1)])].join(' to ')}, `
  const layouts = new Set(
    inputs.flatMap(({memoryOf}) =>
      memoryOf === null ? [] : [`${memoryOf.server} with ${memoryOf.allocator}`],
    ),
  )
  const memory = layouts.size === 0 ? '' : `memory as ${[...layouts].join(', ')} would use it, `
  return `${saved}${memory}by respite ${version}`
}

function pageData(report: ReportReport): object {
  const {top, prefixes, advice, inputs} = report
  return {
    facts: factsOf(report),
    notes: inputs.flatMap(({input, stoppedAt}) =>
      stoppedAt === null ? [] : [printable(`${input}: ${stoppedAt.message} [${stoppedAt.code}]`)],
    ),
    advice: advice.map((each) => adviceText(each, false)),
    tree: pageNode(prefixes.root),
    bars: barsOf(report),
    tables: pageTables(report),
    top: [
      {title: 'Most memory', rows: topRows(top.memory)},
      {title: 'Most elements', rows: topRows(top.elements)},
      {title: 'Longest elements', rows: topRows(top.elementSize)},
    ],
  }
}

function factsOf({keys, total, expiry, inputs, compression}: ReportReport): [string, string][] {
  const {elements, memory, size} = total
  return [
    ['keys', countText(keys)],
    ['memory', sizeText(memory.sum, false)],
    ...(size.sum === 0 ? [] : [['in the file', sizeText(size.sum, false)] as [string, string]]),
    ['elements', countText(elements.sum)],
    ['of the keys never expire', percent(expiry.withoutTtl.keys, keys)],
    ...(inputs.length < 2 ? [] : [['inputs', countText(inputs.length)] as [string, string]]),
    ...(compression === null
      ? []
      : [['compressed strings', `${compression.ratio.toFixed(1)} : 1`] as [string, string]]),
  ]
}

/** As redis-cli shows it, without the quotation marks. */
const nameText = (name: PrefixReport['name']): string => quoteKey(name).replace(/^"|"$/g, '')

function pageNode({name, keys, memory, withoutTtl, children}: PrefixReport): PageNode {
  return [nameText(name), keys, memory, withoutTtl, children.map(pageNode)]
}

const topRows = (keys: readonly TopKey[]): Row[] =>
  keys
    .slice(0, TOP_ROWS)
    .map(({key, db, type, encoding, elements, elementSize, memory, size, expiry}) => [
      ...[quoteKey(key), db, type, encoding, elements, elementSize, memory, size, expiry],
    ])

type Bars = {title: string; rows: [name: string, keys: number, more: string][]}

function barsOf({histograms, expiry, idle, freq}: ReportReport): Bars[] {
  const {withoutTtl, bands} = expiry
  const bytes = (n: number) => sizeText(n, false)
  const all: Bars[] = [
    {title: 'Keys by memory', rows: doublings(histograms.memory, bytes)},
    {title: 'Keys by elements', rows: doublings(histograms.elements, countText)},
    {title: 'Keys by time to live, from when they were saved', rows: bandRows(bands, ttlText)},
  ]
  all[2].rows.push(['never expire', withoutTtl.keys, bytes(withoutTtl.memory)])
  const [size] = histograms.size
  if (size !== undefined && size.to > 1) {
    all.splice(1, 0, {title: 'Keys by size in the file', rows: doublings(histograms.size, bytes)})
  }
  if (idle !== null) {
    const rows = bandRows(idle, (from, to) => bandText(from, to, timeText))
    all.push({title: 'Keys by how long they were not used', rows})
  }
  if (freq !== null) {
    const rows = bandRows(freq, (from, to) => bandText(from, to, String))
    all.push({title: 'Keys by LFU counter', rows})
  }
  return all
}

const doublings = (
  buckets: ReportReport['histograms']['memory'],
  text: (n: number) => string,
): Bars['rows'] => buckets.map(({from, to, count}) => [rangeText(from, to, text), count, ''])

const rangeText = (from: number, to: number, text: (n: number) => string): string =>
  to - from <= 1 ? text(from) : `${text(from)} to ${text(to)}`

const bandRows = (
  bands: ReportReport['expiry']['bands'],
  text: (from: number | null, to: number | null) => string,
): Bars['rows'] =>
  bands.map(({from, to, keys, memory}) => [text(from, to), keys, sizeText(memory, false)])
