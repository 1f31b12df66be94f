/** Bytes that arrive in pieces of any length but zero; a piece is valid until the next one is asked for. */
export type Chunks = AsyncGenerator<Uint8Array, void, undefined>

/**
 * Read at least `n` bytes ahead, fewer only at the end. Returns them and all chunks, those bytes included.
 * What goes wrong after the first byte is thrown later, by the chunks.
 */
export async function peekChunks(
  chunks: Chunks,
  n: number,
): Promise<{head: Uint8Array; chunks: Chunks}> {
  const taken: Uint8Array[] = []
  let length = 0
  let failure: unknown = null
  try {
    while (length < n) {
      const {value, done} = await chunks.next()
      if (done) break
      taken.push(Uint8Array.from(value))
      length += value.length
    }
  } catch (error) {
    if (length === 0) throw error
    // Not now: what came before the failure is to be read first.
    failure = error
  }
  return {head: joined(taken, n), chunks: afterTaken(taken, failure, chunks)}
}

async function* afterTaken(taken: Uint8Array[], failure: unknown, rest: Chunks): Chunks {
  try {
    yield* taken
    if (failure !== null) throw failure
    yield* rest
  } finally {
    await rest.return()
  }
}

function joined(taken: Uint8Array[], limit: number): Uint8Array {
  const head = new Uint8Array(
    Math.min(
      limit,
      taken.reduce((sum, {length}) => sum + length, 0),
    ),
  )
  let at = 0
  for (const chunk of taken) {
    const part = chunk.subarray(0, head.length - at)
    head.set(part, at)
    at += part.length
  }
  return head
}

/** Leave out the first `n` bytes. */
export async function* dropFirst(chunks: Chunks, n: number): Chunks {
  let left = n
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}
