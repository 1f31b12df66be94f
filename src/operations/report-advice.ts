/** What could be done about a dataset, with figures: only where there is enough of it. */
import type {Advice, CopiesOfValues, ReportReport} from './report-reports.ts'
import type {ReportState} from './report-state.ts'

/** Advice about less than this share of all memory is noise. */
const SHARE = 0.01
const BIG_MEMORY = 64 * 1024 * 1024
const BIG_ELEMENTS = 1_000_000
/** Of keys or memory, what the fullest has in times of the average. */
const SKEW = 1.5
/** Strings that compress to less than half. */
const RATIO = 2
/** What each small string takes beside its bytes when many share a hash: an entry of a listpack and its part of the key. */
const SHARED_OVERHEAD = 8
const SMALL_KEYS = 10_000
const NEW_LFU = 5

type Drafted = Omit<ReportReport, 'advice'>

export function adviceOn(report: Drafted, state: ReportState): Advice[] {
  const enough = report.total.memory.sum * SHARE
  return [
    ...limitAdvice(report),
    ...smallStrings(state),
    ...copiesAdvice(report.copies),
    ...compressAdvice(report, state),
    ...expiryAdvice(report),
    ...idleAdvice(report),
  ]
    .filter(({saves, memory}) => (saves ?? memory) >= enough)
    .concat(bigKeys(report), skew(report))
    .sort((a, b) => (b.saves ?? 0) - (a.saves ?? 0) || (a.code < b.code ? -1 : 1))
}

const advice = (
  code: Advice['code'],
  subject: string | null,
  keys: number,
  memory: number,
  saves: number | null,
): Advice => ({code, subject, keys, memory, saves})

function limitAdvice({limits}: Drafted): Advice[] {
  return limits.map(({setting, keys, memory, saves}) =>
    advice('TIGHT_LIMIT', setting, keys, memory, saves),
  )
}

function smallStrings({small: {keys, memory, payload}}: ReportState): Advice[] {
  if (keys < SMALL_KEYS) return []
  const saves = Math.max(0, memory - payload - keys * SHARED_OVERHEAD)
  return [advice('SMALL_STRINGS', null, keys, memory, saves)]
}

function copiesAdvice(copies: CopiesOfValues | null): Advice[] {
  if (copies === null || copies.redundant === 0) return []
  const {values, distinct, redundant} = copies
  return [advice('COPIES', null, values - distinct, redundant, redundant)]
}

function compressAdvice({compression}: Drafted, state: ReportState): Advice[] {
  if (compression === null || compression.ratio < RATIO) return []
  const {strings, expanded, compressed} = state.compression
  return [advice('COMPRESS', null, strings, expanded, expanded - compressed)]
}

function expiryAdvice({expiry: {withoutTtl, bands}, total}: Drafted): Advice[] {
  const found: Advice[] = []
  const [expired] = bands
  if (expired.keys > 0) {
    found.push(advice('EXPIRED', null, expired.keys, expired.memory, expired.memory))
  }
  const mixed = withoutTtl.keys > 0 && total.expires > total.keys / 2
  if (mixed) found.push(advice('NO_TTL', null, withoutTtl.keys, withoutTtl.memory, null))
  return found
}

/** What nobody has used for 30 days, or what an LFU counter below that of a new key says. */
function idleAdvice({idle, freq}: Drafted): Advice[] {
  const month = 30 * 86400
  const unused = [
    ...(idle ?? []).filter(({from}) => from !== null && from >= month),
    ...(freq ?? []).filter(({to}) => to !== null && to <= NEW_LFU),
  ]
  const keys = unused.reduce((sum, band) => sum + band.keys, 0)
  const memory = unused.reduce((sum, band) => sum + band.memory, 0)
  return keys === 0 ? [] : [advice('IDLE', null, keys, memory, null)]
}

/** As far as they are among the keys that are named. */
function bigKeys({top}: Drafted): Advice[] {
  const big = new Map(
    [...top.memory, ...top.elements]
      .filter(({memory, elements}) => memory >= BIG_MEMORY || elements >= BIG_ELEMENTS)
      .map((key) => [JSON.stringify([key.db, key.key]), key]),
  )
  if (big.size === 0) return []
  const memory = [...big.values()].reduce((sum, key) => sum + key.memory, 0)
  return [advice('BIG_KEYS', null, big.size, memory, null)]
}

function skew({slots, shards, keys, total}: Drafted): Advice[] {
  const found: Advice[] = []
  if (shards !== null && shards.memorySkew >= SKEW) {
    found.push(advice('SKEW', 'inputs', keys, total.memory.sum, null))
  }
  // A few keys are never spread evenly.
  if (slots !== null && slots.memorySkew >= SKEW * 10 && keys > 100_000) {
    found.push(advice('SKEW', 'slots', slots.top[0].keys, slots.top[0].memory, null))
  }
  return found
}
