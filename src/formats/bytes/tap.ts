import type {Cursor} from './cursor.ts'

/** The bytes that `read` steps over, copied. For small records. */
export function tapped(c: Cursor, read: () => void): Uint8Array {
  const pieces: number[] = []
  c.beginTap({
    write(memory, start, end) {
      for (let at = start; at < end; at++) pieces.push(memory[at])
    },
  })
  try {
    read()
  } finally {
    c.endTap()
  }
  return Uint8Array.from(pieces)
}
