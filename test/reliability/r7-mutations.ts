/** Seeded mutations of DUMP payloads: of their bytes, and of the packed encodings inside, whose frames are then made to fit. */
import {bytes, len, str} from '../support/bytes.ts'
import type {Random} from '../support/random.ts'
import type {Payload} from './r7-verdicts.ts'

/** A part of a body: bytes as they lie there, or the content of a string. */
interface Piece {
  readonly content: Buffer
  readonly isString: boolean
}

/** Expand LZF data, byte by byte. */
function expand(data: Buffer): Buffer {
  const out: number[] = []
  for (let at = 0; at < data.length; ) {
    const control = data[at++]
    if (control < 32) {
      out.push(...data.subarray(at, at + control + 1))
      at += control + 1
      continue
    }
    const length = (control >> 5 === 7 ? 7 + data[at++] : control >> 5) + 2
    const from = out.length - (((control & 31) << 8) | data[at++]) - 1
    for (let i = 0; i < length; i++) out.push(out[from + i])
  }
  return Buffer.from(out)
}

class Body {
  private at = 0
  private readonly body: Buffer
  constructor(body: Buffer) {
    this.body = body
  }
  length(): number {
    const first = this.body[this.at++]
    if (first < 64) return first
    if (first < 128) return ((first & 63) << 8) | this.body[this.at++]
    this.at += 4
    return this.body.readUInt32BE(this.at - 4)
  }
  take(n: number): Buffer {
    this.at += n
    return this.body.subarray(this.at - n, this.at)
  }
  string(): Piece {
    let content: Buffer
    if (this.body[this.at] === 0xc3) {
      this.at++
      const size = this.length()
      this.length()
      content = expand(this.take(size))
    } else content = this.take(this.length())
    return {content, isString: true}
  }
  rest(): Piece {
    return {content: this.body.subarray(this.at), isString: false}
  }
}

const BLOB_TYPES = [9, 10, 11, 12, 13, 16, 17, 20]
const STREAM_TYPES = [15, 19, 21]

const raw = (...parts: Parameters<typeof bytes>): Piece => ({
  content: bytes(...parts),
  isString: false,
})

/** The body of a value, taken apart. */
function piecesOf(type: number, whole: Buffer): Piece[] {
  const body = new Body(whole)
  if (BLOB_TYPES.includes(type)) return [body.string()]
  if (type === 25) return [raw(body.take(8)), body.string()]
  if (type === 14 || type === 18 || STREAM_TYPES.includes(type)) {
    const count = body.length()
    const pieces = [raw(len(count))]
    for (let i = 0; i < count; i++) {
      if (type === 18) pieces.push(raw(len(body.length())))
      if (STREAM_TYPES.includes(type)) pieces.push(body.string())
      pieces.push(body.string())
    }
    return [...pieces, body.rest()]
  }
  return [body.rest()]
}

const ODD_BYTES = [
  0, 1, 2, 3, 5, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xf0, 0xf4, 0xfd, 0xfe, 0xff,
]

type Change = (content: Buffer, at: number, random: Random) => Buffer

const spliced = (content: Buffer, at: number, remove: number, insert: Uint8Array): Buffer =>
  bytes(content.subarray(0, at), insert, content.subarray(at + remove))

const CHANGES: readonly Change[] = [
  (content, at, random) =>
    spliced(content, at, 1, Buffer.from([content[at] ^ (1 << random.int(8))])),
  (content, at, random) => spliced(content, at, 1, random.bytes(1)),
  (content, at, random) => spliced(content, at, 1, Buffer.from([random.pick(ODD_BYTES)])),
  (content, at, random) =>
    spliced(content, at, 1, Buffer.from([content[at] + (random.int(2) * 2 - 1)])),
  (content, at, random) => spliced(content, at, 1 + random.int(4), Buffer.alloc(0)),
  (content, at, random) => spliced(content, at, 0, random.bytes(1 + random.int(3))),
  (content, at, random) => spliced(content, at, 0, content.subarray(at, at + 1 + random.int(24))),
  (content, at, random) => {
    const from = random.int(content.length)
    const part = content.subarray(from, from + 1 + random.int(16))
    return spliced(content, at, part.length, part)
  },
  (content, at, random) => spliced(content, at, 1 + random.int(8), Buffer.alloc(1 + random.int(8))),
  (content, at) => content.subarray(0, at),
]

function placeIn(content: Buffer, random: Random): number {
  const edge = Math.min(content.length, 24)
  const where = random.int(4)
  if (where === 0) return random.int(edge)
  if (where === 1) return content.length - 1 - random.int(edge)
  return random.int(content.length)
}

/** Sizes in the header of a packed encoding that fit again, so that what was changed is what counts. */
function reframed(content: Buffer, type: number): Buffer {
  if (type === 9 || content.length < 8) return content
  const copy = Buffer.from(content)
  if (type === 11) copy.writeUInt32LE(Math.floor((copy.length - 8) / (copy[0] || 1)), 4)
  else copy.writeUInt32LE(copy.length, 0)
  return copy
}

/** One payload made from another; what was done is part of its name. */
export function mutated(name: string, dump: Buffer, random: Random): Payload {
  const type = dump[0]
  const pieces = piecesOf(type, dump.subarray(1, -10))
  const filled = pieces.flatMap(({content}, i) => (content.length > 0 ? [i] : []))
  const chosen = random.pick(filled)
  let {content} = pieces[chosen]
  for (let times = random.pick([1, 1, 1, 2, 3]); times > 0 && content.length > 0; times--) {
    content = random.pick(CHANGES)(content, placeIn(content, random), random)
  }
  if (pieces[chosen].isString && random.int(4) > 0) content = reframed(content, type)
  const parts = pieces.map((piece, i) => {
    const part = i === chosen ? content : piece.content
    return piece.isString ? str(part) : part
  })
  return {name: `${name} ${random.seed}`, type, body: bytes(...parts)}
}
