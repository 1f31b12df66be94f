// Writes an RDB with one giant value to stdout: node test/reliability/giant.js NAME [SCALE]. Nothing of it is ever on disk.
import {writeSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

/** A length in its shortest form. */
function len(n) {
  if (n < 64) return Buffer.from([n])
  if (n < 16384) return Buffer.from([0x40 | (n >> 8), n & 255])
  const long = Buffer.alloc(n < 2 ** 32 ? 5 : 9)
  long[0] = n < 2 ** 32 ? 0x80 : 0x81
  if (n < 2 ** 32) long.writeUInt32BE(n, 1)
  else long.writeBigUInt64BE(BigInt(n), 1)
  return long
}
const str = (text) => Buffer.concat([len(Buffer.byteLength(text)), Buffer.from(text)])

const CHUNK = 0x40000

/** The same bytes over and over. */
function* repeat(unit, times) {
  const per = Math.max(1, Math.floor(CHUNK / unit.length))
  const block = Buffer.alloc(per * unit.length, unit)
  for (; times >= per; times -= per) yield block
  if (times > 0) yield block.subarray(0, times * unit.length)
}

/** A node of type 18 that holds 2700 one-byte strings. */
const NODE_ITEMS = 2700
function listNode() {
  const entry = Buffer.from([0x81, 0x78, 2])
  const blob = Buffer.alloc(7 + entry.length * NODE_ITEMS, entry)
  blob.copy(blob, 6, 0, blob.length - 7)
  blob.writeUInt32LE(blob.length, 0)
  blob.writeUInt16LE(NODE_ITEMS, 4)
  blob.fill(entry, 6, blob.length - 1)
  blob[blob.length - 1] = 0xff
  return Buffer.concat([Buffer.from([2]), len(blob.length), blob])
}

function* fields(count) {
  const value = str('v'.repeat(270))
  let pending = []
  for (let i = 0; i < count; i++) {
    pending.push(str(`field:${String(i).padStart(12, '0')}`), value)
    if (pending.length < 2000 && i < count - 1) continue
    yield Buffer.concat(pending)
    pending = []
  }
}

/** By name: type byte and the bytes of the value; `size` is what the row of the table promises, `of` what it counts. */
export const GIANTS = {
  list: {
    type: 1,
    size: 1e8,
    of: 'items',
    *bytes(items) {
      yield len(items)
      yield* repeat(str('x'), items)
    },
  },
  quicklist: {
    type: 18,
    size: 1e8,
    of: 'items',
    *bytes(items) {
      const nodes = Math.ceil(items / NODE_ITEMS)
      yield len(nodes)
      yield* repeat(listNode(), nodes)
    },
  },
  string: {
    type: 0,
    size: 512 * 1024 * 1024,
    of: 'bytes',
    *bytes(size) {
      yield len(size)
      yield* repeat(Buffer.from('0123456789abcdef'), Math.floor(size / 16))
      yield Buffer.alloc(size % 16)
    },
  },
  lzf: {
    type: 0,
    size: 512 * 1024 * 1024,
    of: 'bytes',
    *bytes(size) {
      const codes = Math.floor(size / 264)
      yield Buffer.concat([Buffer.from([0xc3]), len(2 + codes * 3), len(1 + codes * 264)])
      yield Buffer.from([0, 0x61])
      yield* repeat(Buffer.from([0xe0, 0xff, 0]), codes)
    },
  },
  hash: {
    type: 4,
    size: 3e9,
    of: 'bytes',
    *bytes(size) {
      const count = Math.floor(size / 291)
      yield len(count)
      yield* fields(count)
    },
  },
}

/** A whole file with one key, without checksum. */
export function* giantFile(name, scale = 1) {
  const {type, size, bytes} = GIANTS[name]
  yield Buffer.concat([Buffer.from('REDIS0010'), Buffer.from([0xfe, 0, type]), str('giant')])
  yield* bytes(Math.floor(size * scale))
  yield Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 0])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , name, scale = '1'] = process.argv
  for (const chunk of giantFile(name, Number(scale))) {
    for (let at = 0; at < chunk.length; ) at += writeSync(1, chunk, at)
  }
}
