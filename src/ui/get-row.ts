/** Rows of `get`; src/operations/get-rows.ts has the layout. */
const HEAD = 5

export interface Row {
  what: number
  /** Where its bytes are in the chunk. */
  start: number
  end: number
}

export function* rowsOf(chunk: Uint8Array): Generator<Row> {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
  for (let at = 0; at < chunk.length; ) {
    const end = at + view.getUint32(at, true)
    yield {what: chunk[at + 4], start: at + HEAD, end}
    at = end
  }
}
