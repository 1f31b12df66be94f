/** Rows of `digest --keys`; src/operations/digest-rows.ts has the layout. */
import type {Bytes} from '../operations/reports.ts'

const ROW_HEAD = 28

export interface KeyDigest {
  db: number
  key: Bytes
  digest: string
}

export function* keyDigests(chunks: readonly Uint8Array[]): Generator<KeyDigest> {
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    for (let at = 0; at < bytes.length; ) {
      const end = at + ROW_HEAD + bytes.readUInt32LE(at + 4)
      const digest = bytes.toString('hex', at + 8, at + ROW_HEAD)
      yield {
        db: bytes.readUInt32LE(at),
        key: keyOf(bytes.subarray(at + ROW_HEAD, end)),
        digest,
      }
      at = end
    }
  }
}

function keyOf(key: Buffer): Bytes {
  const text = key.toString('utf8')
  return Buffer.from(text, 'utf8').equals(key) ? text : {base64: key.toString('base64')}
}
