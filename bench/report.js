// Results as lines, as Markdown, and in docs/benchmarks.md.
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {availableParallelism, cpus, release, totalmem} from 'node:os'
import {memoryLimit} from './jobs.js'
import {median} from './measure.js'

const BEGIN = '<!-- bench: begin -->'
const END = '<!-- bench: end -->'

const seconds = (ms) => (ms / 1e3).toFixed(2)
const speed = (bytes, ms) => (bytes / 1e3 / ms).toFixed(0)
const megabytes = (bytes) => (bytes === undefined ? '?' : (bytes / 1e6).toFixed(0))
const count = (n) => n.toLocaleString('en-US')

/** One run in one line: every field in its column, so that runs can be compared by eye and by awk. */
export function runLine(name, who, turn, bytes, {ms, peakBytes}) {
  const cells = [name.padEnd(8), who.padEnd(16), turn.padStart(5), `${seconds(ms).padStart(7)} s`]
  return `${cells.join(' ')} ${speed(bytes, ms).padStart(6)} MB/s ${megabytes(peakBytes).padStart(5)} MB`
}

/** Medians of the times; the highest of the peaks, because memory that was needed once is needed. */
export function summary({job, bytes, keys, ours, peer}) {
  const ourMs = median(ours.map(({ms}) => ms))
  const peerMs = median(peer.map(({ms}) => ms))
  const ourPeak = highest(ours)
  const peerPeak = highest(peer)
  const limit = memoryLimit(job, keys, peerPeak)
  const missed = []
  if (isSlow(job, bytes, ourMs, peerMs)) missed.push('speed')
  if (ourPeak === undefined) missed.push('memory unknown')
  // Not measured counts as missed.
  else if (!(ourPeak <= limit)) missed.push('memory')
  return {ourMs, peerMs, ourPeak, peerPeak, limit, missed, bytes, keys, job}
}

const isSlow = ({floor, target}, bytes, ourMs, peerMs) =>
  floor === undefined ? peerMs / ourMs < target : bytes / 1e3 / ourMs < floor

function highest(runs) {
  const peaks = runs.map(({peakBytes}) => peakBytes)
  return peaks.includes(undefined) ? undefined : Math.max(...peaks)
}

const verdict = (missed) => (missed.length === 0 ? 'yes' : `**no** (${missed.join(', ')})`)

function row(cells) {
  return `| ${cells.join(' | ')} |`
}

export function jobsTable(results) {
  const head = ['job', 'input', 's', 'MB/s', 'peak RSS, MB', 'peer', 's', 'MB/s', 'peak RSS, MB']
  const rows = results.map(summary).map((s) => {
    const ours = [seconds(s.ourMs), speed(s.bytes, s.ourMs), megabytes(s.ourPeak)]
    const peer = [seconds(s.peerMs), speed(s.bytes, s.peerMs), megabytes(s.peerPeak)]
    const input = `${megabytes(s.bytes)} MB${s.keys > 0 ? `, ${count(s.keys)} keys` : ''}`
    const ratio = `${(s.peerMs / s.ourMs).toFixed(1)} ×`
    const {target: times, floor} = s.job
    const target = `≥ ${floor === undefined ? `${times} ×` : `${floor} MB/s`}, ≤ ${megabytes(s.limit)} MB`
    return row([s.job.title, input, ...ours, s.job.peer, ...peer, ratio, target, verdict(s.missed)])
  })
  const all = [...head, 'ratio', 'target', 'met']
  return [row(all), row(all.map(align)), ...rows].join('\n')
}

const TEXT_COLUMNS = ['job', 'input', 'peer', 'target', 'met']
const align = (title) => (TEXT_COLUMNS.includes(title) ? '---' : '---:')

export function startsTable({nothingMs, starts}) {
  const head = ['job', 'ms', 'over `node -e 0`, ms', 'target', 'met']
  const rows = starts.map(({title, ms, limitMs}) => {
    const over = ms - nothingMs
    const missed = over > limitMs ? ['time'] : []
    return row([title, ms.toFixed(0), over.toFixed(0), `≤ ${limitMs} ms`, verdict(missed)])
  })
  const nothing = row(['`node -e 0`', nothingMs.toFixed(0), '', '', ''])
  return [row(head), row(head.map(align)), nothing, ...rows].join('\n')
}

function systemName() {
  const file = '/etc/os-release'
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? process.platform
  return `${name}, ${process.platform} ${release()} ${process.arch}`
}

/** Without these a number says nothing. */
export function circumstances({runs, rounds, meter, peers, load}) {
  const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const memory = (totalmem() / 2 ** 30).toFixed(1)
  return [
    `- ${new Date().toISOString().slice(0, 10)}; median of ${runs} runs, of ${rounds} for starts; memory by ${meter}`,
    `- ${cpus()[0]?.model ?? 'CPU unknown'}, ${availableParallelism()} cores, ${memory} GiB of memory; load ${load} at the beginning`,
    `- ${systemName()}`,
    `- respite ${version}, node ${process.version}; ${peers.join('; ')}`,
  ].join('\n')
}

/**
 * Put `text` between the markers in `file`.
 *
 * @throws Error when they are not there.
 */
export function writeBetweenMarkers(file, text) {
  const page = readFileSync(file, 'utf8')
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${file} lacks ${BEGIN} … ${END}`)
  writeFileSync(file, `${page.slice(0, from + BEGIN.length)}\n${text}\n${page.slice(to)}`)
}
