// The commands that fill the servers of bench/corpus.js. Generators of command arrays, the same on every run.
import {rng} from '../scripts/fixtures/resp.js'

const SEED = 1
const YEAR_2100_MS = 4102444800000
const WORDS =
  'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu'.split(
    ' ',
  )

/** Random numbers, words and tokens from one seed. ASCII only. */
function source() {
  const r = rng(SEED)
  const pool = Array.from({length: 4096}, () => r.bytes(16).toString('hex'))
  const word = () => WORDS[r.int(26)]
  const words = (count) => Array.from({length: count}, word).join(' ')
  const token = () => pool[r.int(4096)].slice(0, 16) + pool[r.int(4096)].slice(16)
  const many = (count, make) => Array.from({length: count}, (_, k) => make(k)).flat()
  return {r, pool, word, words, token, many}
}

/** Short keys, short values: what a file costs per key. */
export function* strings({keys}) {
  const {pool} = source()
  for (let i = 0; i < keys; i++) {
    const key = `key:${i}`
    if ((i & 7) === 0) yield ['SET', key, i]
    else if ((i & 7) === 1) yield ['SET', key, `v${pool[i & 4095]}${i}`]
    else if ((i & 7) === 2) yield ['SET', key, `value:${i}`, 'PX', 2000000000000]
    else yield ['SET', key, `value:${i}:${WORDS[i % 26]}`]
  }
}

/** One unit is about 1.8 kB of RDB. */
const UNITS_PER_MB = 566

/** The data of a web shop: every type and the encodings that default settings choose, from a few bytes to some kB each. */
export function* mixed({mb}) {
  const from = source()
  const units = Math.round(mb * UNITS_PER_MB)
  for (let i = 0; i < units; i++) {
    yield* texts(from, i)
    yield* collections(from, i)
    yield* largeCollections(from, i)
    if (i % 100 === 50) yield* streams(from, i)
    if (i % 500 === 0) yield ['PFADD', `hll:${i}`, ...from.many(3000, from.r.u32)]
  }
}

function user({r, word, words, token, many}, i) {
  const order = () =>
    `{"order_id":"${token()}","total":${r.int(100000) / 100},"currency":"EUR","status":"shipped","items":${1 + r.int(9)}}`
  return [
    `{"id":${i},"name":"${words(2)}","email":"user${i}@example.com","active":${r.int(2) === 1}`,
    `"address":{"street":"${r.int(999)} ${words(2)} street","city":"${word()}","zip":"${10000 + r.int(89999)}","country":"DE"}`,
    `"orders":[${many(1 + r.int(6), order).join(',')}]`,
    `"created_at":"2024-0${1 + r.int(9)}-1${r.int(10)}T10:2${r.int(10)}:0${r.int(10)}Z"}`,
  ].join(',')
}

function* texts(from, i) {
  const {r, word, words, token} = from
  yield ['SET', `user:${i}`, user(from, i)]
  const page = `<html><head><title>${words(3)}</title></head><body>`
  const items = `<p class="item">${words(6)}</p>`.repeat(4 + r.int(10))
  yield ['SET', `cache:page:${i}`, `${page}${items}</body></html>`]
  yield ['PEXPIREAT', `cache:page:${i}`, YEAR_2100_MS + i]
  const agent = ['token', token(), 'ip', `10.${i & 255}.${(i >> 8) & 255}.1`, 'agent']
  const browser = `Mozilla/5.0 (X11; Linux x86_64) ${word()}`
  yield ['HSET', `session:${i}`, 'user', i, ...agent, browser, 'last', 1700000000 + i]
  yield ['PEXPIREAT', `session:${i}`, YEAR_2100_MS]
  yield ['SET', `counter:${i}`, r.int(1000000)]
  yield ['SET', `tok:${token()}`, token() + token()]
}

function* collections({r, word, many}, i) {
  yield ['RPUSH', `cart:${i}`, ...many(3 + r.int(25), () => [`sku-${r.int(100000)}`, 1 + r.int(9)])]
  yield ['SADD', `likes:${i}`, ...many(1 + r.int(30), () => r.int(1000000))]
  yield ['SADD', `tags:${i}`, ...many(1 + r.int(10), () => word() + r.int(100))]
  const page = () => [1700000000 + r.int(10000000), `page-${r.int(100000)}`]
  yield ['ZADD', `recent:${i}`, ...many(2 + r.int(15), page)]
}

/** Past the limits of the packed encodings. */
function* largeCollections({r, words, token, many}, i) {
  if (i % 50 === 0) {
    yield ['HSET', `profile:big:${i}`, ...many(200, (k) => [`field:${k}`, words(2) + k])]
  }
  if (i % 100 !== 0) return
  const player = () => [(r.float() * 10000).toFixed(3), `player:${r.int(10000000)}`]
  yield ['ZADD', `leaderboard:${i}`, ...many(400, player)]
  yield ['SADD', `group:${i}`, ...many(400, () => `member:${token()}`)]
  const job = () => `{"job":"${token()}","type":"email","attempt":${r.int(5)}}`
  yield ['RPUSH', `queue:${i}`, ...many(200, job)]
}

function* streams({r}, i) {
  const key = `events:${i}`
  for (let k = 0; k < 150; k++) {
    const fields = ['type', WORDS[r.int(8)], 'sensor', r.int(100), 'value', r.int(100000)]
    yield ['XADD', key, `${1700000000000 + i * 1000 + k * 5}-0`, ...fields]
  }
  yield ['XGROUP', 'CREATE', key, 'workers', '0']
  yield ['XREADGROUP', 'GROUP', 'workers', 'w1', 'COUNT', 20, 'STREAMS', key, '>']
}

const BATCH = 2000

/** The log of a busy server, until `sent()` says that `mb` million bytes went out: small writes of many kinds, some in transactions. */
export function* log({mb, sent}) {
  const from = source()
  const {r} = from
  while (sent() < mb * 1e6) {
    for (let k = 0; k < BATCH; k++) {
      const i = r.int(500000)
      const percent = r.int(100)
      const [, write] = WRITES.find(([below]) => percent < below)
      yield* write(from, i)
    }
  }
}

/** Up to which percentile of the operations; what is written. */
const WRITES = [
  [40, ({r, word, token}, i) => [['SET', `user:${i}`, state({r, word, token}, i)]]],
  [55, (_, i) => [['INCR', `counter:${i % 50000}`]]],
  [70, ({r, token}, i) => [['HSET', `session:${i % 100000}`, `f${r.int(12)}`, token()]]],
  [78, ({r}, i) => [['LPUSH', `list:${i % 20000}`, `item-${r.int(1000000)}`]]],
  [80, (_, i) => [['LTRIM', `list:${i % 20000}`, 0, 49]]],
  [88, ({r}, i) => [['ZADD', `board:${i % 5000}`, r.int(1000000), `player:${r.int(200)}`]]],
  [92, ({r}, i) => [['SADD', `set:${i % 10000}`, `m${r.int(300)}`]]],
  // An absolute time, because that is what the server logs: the log is the same on any day.
  [94, (_, i) => [['PEXPIREAT', `user:${i}`, YEAR_2100_MS]]],
  [96, (_, i) => [['DEL', `user:${i}`]]],
  [98, ({words}, i) => [['APPEND', `log:${i % 1000}`, words(4)]]],
  [100, ({token}, i) => [['MULTI'], ['SET', `tx:${i}`, token()], ['INCR', 'tx:count'], ['EXEC']]],
]

const state = ({r, word, token}, i) =>
  `{"id":${i},"seq":${r.int(1000000)},"token":"${token()}","state":"${word()}"}`
