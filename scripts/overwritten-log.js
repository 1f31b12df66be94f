// A log whose commands mostly write over each other: what an AOF is that nobody has rewritten for a long time.
//
//   node scripts/overwritten-log.js --out FILE [--mb 3000] [--data-mb 50] [--seed 1]
import {closeSync, openSync, writeSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

const BLOCK = 1 << 20
/** Bytes of data that the keys of one unit take: strings, a hash, a sorted set, a list, a set, counters. */
const UNIT = 2700
const STRINGS = 8

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed) {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const record = (...words) =>
  `*${words.length}\r\n${words.map((word) => `$${String(word).length}\r\n${word}\r\n`).join('')}`

/** One of the commands of a busy application, on one of `units`. */
function command(random, units) {
  const id = random(units)
  switch (random(10)) {
    case 0:
    case 1:
    case 2:
      return record('SET', `page:${id}:${random(STRINGS)}`, text(random, 60 + random(300)))
    case 3:
      return record('HSET', `user:${id}`, `field:${random(20)}`, text(random, 12))
    case 4:
      return record(
        'ZADD',
        `board:${id % (units >> 2 || 1)}`,
        random(100000),
        `player:${random(60)}`,
      )
    case 5:
      return record('LPUSH', `feed:${id}`, text(random, 30)) + record('LTRIM', `feed:${id}`, 0, 9)
    case 6:
      return record('SADD', `tags:${id}`, random(40)) + record('SREM', `tags:${id}`, random(40))
    case 7:
      return record('INCR', `hits:${id}`)
    case 8:
      return record('PEXPIREAT', `page:${id}:${random(STRINGS)}`, 4102444800000 + random(1e9))
    default:
      return (
        record('MULTI') +
        record('INCR', `hits:${id}`) +
        record('DEL', `page:${id}:0`) +
        record('EXEC')
      )
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(24)

function text(random, length) {
  const start = random(LETTERS.length - length)
  return `${random(1e6)}${LETTERS.slice(start, start + length)}`.slice(0, length)
}

/** Write a log of at least `bytes` over about `dataBytes` of data. Returns its size. */
export function writeOverwrittenLog(path, {bytes, dataBytes, seed = 1}) {
  const random = randomFrom(seed)
  const units = Math.max(8, Math.ceil(dataBytes / UNIT))
  const fd = openSync(path, 'wx')
  let size = 0
  try {
    for (let block = record('SELECT', 0); size < bytes; block = '') {
      while (block.length < BLOCK && size + block.length < bytes) block += command(random, units)
      size += writeSync(fd, block, null, 'latin1')
    }
  } finally {
    closeSync(fd)
  }
  return size
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {values} = parseArgs({
    options: {
      out: {type: 'string'},
      mb: {type: 'string', default: '3000'},
      'data-mb': {type: 'string', default: '50'},
      seed: {type: 'string', default: '1'},
    },
  })
  if (values.out === undefined) throw new Error('--out FILE')
  const [bytes, dataBytes] = [values.mb, values['data-mb']].map((text) => Number(text) * 1e6)
  const size = writeOverwrittenLog(values.out, {bytes, dataBytes, seed: Number(values.seed)})
  console.log(`${values.out}: ${size} bytes`)
}
