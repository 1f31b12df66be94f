// Speed of each kernel over data that lies in memory: one line each. Needs `npm run build`.
import {readFileSync} from 'node:fs'
import {createKernel} from '../dist/formats/kernel/kernel.js'
import * as layout from '../dist/formats/kernel/layout.js'

const {WINDOW, SPAN_MAX, REG_NEXT, REGISTERS, CHECK_SCORES, CHECK_SCORE_ORDER} = layout
const TARGET = WINDOW + (80 << 20)
const wasm = readFileSync(new URL('../dist/kernel.wasm', import.meta.url))
const kernel = createKernel(new WebAssembly.Module(wasm))
kernel.memory.grow(180 * 16)
const memory = new Uint8Array(kernel.memory.buffer)
const view = new DataView(kernel.memory.buffer)

function report(name, bytes, run) {
  run()
  const times = Array.from({length: 7}, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  }).sort((a, b) => a - b)
  console.log(
    `${name.padEnd(40)} ${(bytes / 1e3 / times[3]).toFixed(0).padStart(6)} MB/s (median of 7, node ${process.version})`,
  )
}

/** The same numbers on every run. */
let state = 1
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

/** Lay blobs one after the other from WINDOW on, about 16 MB, and return their ends. */
function lay(make) {
  const ends = []
  let at = WINDOW
  for (let i = 0; at < WINDOW + (16 << 20); i++) {
    const blob = make(i)
    memory.set(blob, at)
    at += blob.length
    ends.push(at)
  }
  return ends
}

function overBlobs(name, ends, run) {
  report(name, ends[ends.length - 1] - WINDOW, () => {
    let start = WINDOW
    for (const end of ends) {
      if (run(start, end) !== 0) throw new Error(`${name}: a blob is not sound`)
      start = end
    }
  })
}

const listpackEntry = (item) => {
  if (typeof item === 'number')
    return item < 128
      ? [item, 1]
      : [0xf3, item & 255, (item >> 8) & 255, (item >> 16) & 255, item >> 24, 5]
  return [0x80 | item.length, ...Buffer.from(item), item.length + 1]
}
const listpack = (items) => {
  const body = Buffer.from(items.flatMap(listpackEntry))
  const head = Buffer.alloc(6)
  head.writeUInt32LE(body.length + 7)
  head.writeUInt16LE(items.length, 4)
  return Buffer.concat([head, body, Buffer.of(0xff)])
}
const ziplist = (items) => {
  let previous = 0
  let tail = 10
  let size = 10
  const entries = items.map((item) => {
    const entry = Buffer.from([previous, item.length, ...Buffer.from(item)])
    tail = size
    previous = entry.length
    size += entry.length
    return entry
  })
  const head = Buffer.alloc(10)
  head.writeUInt32LE(size + 1)
  head.writeUInt32LE(tail, 4)
  head.writeUInt16LE(items.length, 8)
  return Buffer.concat([head, ...entries, Buffer.of(0xff)])
}
const many = (count, make) => Array.from({length: count}, (_, i) => make(i))

function crc() {
  const bytes = 64 << 20
  for (let at = WINDOW; at < WINDOW + bytes; at += 4) view.setUint32(at, random(2 ** 32), true)
  for (const block of [4096, 16384, 65536, 1 << 18, 1 << 20]) {
    report(`crcUpdate, blocks of ${block >> 10} KiB`, bytes, () => {
      for (let at = WINDOW; at < WINDOW + bytes; at += block) kernel.crcUpdate(at, at + block)
    })
  }
  for (const length of [8, 16, 24, 40]) {
    report(`hash, keys of ${length} bytes`, 16 << 20, () => {
      for (let at = WINDOW; at < WINDOW + (16 << 20); at += length) kernel.hash(at, at + length, 0)
    })
  }
  const end = WINDOW + (16 << 20)
  memory.copyWithin(TARGET, WINDOW, end)
  report('equalSpans', 16 << 20, () => kernel.equalSpans(WINDOW, end, TARGET, TARGET + (16 << 20)))
  memory.fill(0, WINDOW, end)
  report('isZero', 16 << 20, () => kernel.isZero(WINDOW, end))
  report('findByte', 16 << 20, () => kernel.findByte(WINDOW, end, 1))
}

function lzf() {
  const json = (i) =>
    `{"id":${i * 7919},"name":"user ${random(1000)}","score":${random(1e6)},"tags":["a","b"]}\n`
  const inputs = {
    'JSON lines, 64 KiB': () => Buffer.from(many(1100, json).join('')).subarray(0, 65536),
    'JSON lines, 200 bytes': () => Buffer.from(many(4, json).join('')).subarray(0, 200),
    'runs, 64 KiB': () =>
      Buffer.from(
        many(400, (i) => String.fromCharCode(97 + (i % 26)).repeat(164)).join(''),
      ).subarray(0, 65536),
    'random, 64 KiB': () => Buffer.from(many(65536, () => random(256))),
  }
  for (const [what, make] of Object.entries(inputs)) {
    const plain = make()
    const end = WINDOW + plain.length
    memory.set(plain, WINDOW)
    const rounds = Math.ceil((16 << 20) / plain.length)
    const length = kernel.lzfCompress(WINDOW, end, TARGET, TARGET + plain.length + 4096)
    const ratio = (plain.length / length).toFixed(2)
    report(`lzfCompress ${what} (${ratio}:1)`, rounds * plain.length, () => {
      for (let i = 0; i < rounds; i++)
        kernel.lzfCompress(WINDOW, end, TARGET, TARGET + plain.length + 4096)
    })
    report(`lzfDecompress ${what}`, rounds * plain.length, () => {
      for (let i = 0; i < rounds; i++) {
        if (kernel.lzfDecompress(TARGET, TARGET + length, WINDOW, end) !== 0) throw new Error(what)
      }
    })
  }
}

function packed() {
  const member = (i) => `member:${i}:${random(1e6)}`
  const list = lay(() => listpack(many(128, member)))
  overBlobs('listpackCheck, list', list, (start, end) => kernel.listpackCheck(start, end, 0, 0))
  overBlobs('listpackRead, texts', list, (start, end) =>
    kernel.listpackRead(start + 6, end, SPAN_MAX) > 0 ? 0 : 1,
  )
  overBlobs('listpackCheck, set', list, (start, end) => kernel.listpackCheck(start, end, 1, 0))
  overBlobs('listpackCheck, hash', list, (start, end) => kernel.listpackCheck(start, end, 2, 0))
  const zset = lay(() =>
    listpack(many(64, (i) => [member(i), `${i}.${100000 + random(800000)}`]).flat()),
  )
  const order = CHECK_SCORES | CHECK_SCORE_ORDER
  overBlobs('listpackCheck, zset', zset, (start, end) => kernel.listpackCheck(start, end, 2, order))
  const ints = lay(() => listpack(many(128, () => random(2 ** 31))))
  overBlobs('listpackRead, integers', ints, (start, end) =>
    kernel.listpackRead(start + 6, end, SPAN_MAX) > 0 ? 0 : 1,
  )
  const zips = lay(() => ziplist(many(128, member)))
  overBlobs('ziplistCheck, list', zips, (start, end) => kernel.ziplistCheck(start, end, 0, 0))
  overBlobs('ziplistCheck, hash', zips, (start, end) => kernel.ziplistCheck(start, end, 2, 0))
  const sets = lay(() =>
    Buffer.from(Uint32Array.of(4, 500, ...many(500, (i) => i * 1000 + random(999))).buffer),
  )
  overBlobs('intsetCheck', sets, (start, end) => kernel.intsetCheck(start, end))
  overBlobs('intsetRead', sets, (start, end) =>
    kernel.intsetRead(start, end, 0, SPAN_MAX) > 0 ? 0 : 1,
  )
  const id = layout.SCRATCH
  const node = many(100, (i) => [2, i, 0, `value ${random(1000)}`, random(100000), 5]).flat()
  const nodes = lay(() => listpack([100, 0, 2, 'field', 'other', 0, ...node]))
  overBlobs('streamNodeCheck', nodes, (start, end) => kernel.streamNodeCheck(start, end, id))
  if (view.getUint32(REGISTERS + REG_NEXT, true) === 0) throw new Error('nothing was read')
}

crc()
lzf()
packed()
