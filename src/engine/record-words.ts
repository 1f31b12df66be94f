/** Arguments of records, copied out of the window. */
import type {AofReader} from '../formats/aof/reader.ts'

/** The arguments of a record in the window, copied. */
export function copyWords(reader: AofReader): Uint8Array[] {
  const {memory} = reader.c
  return Array.from({length: reader.argc}, (_, i) =>
    memory.slice(reader.argStart(i), reader.argEnd(i)),
  )
}

/** The arguments of a record that does not lie in the window as a whole. */
export function collectWords(reader: AofReader): Uint8Array[] {
  const words: Uint8Array[] = []
  let at = 0
  reader.readArguments({
    begin(_i, length) {
      words.push(new Uint8Array(length))
      at = 0
    },
    piece(memory, start, end) {
      words[words.length - 1].set(memory.subarray(start, end), at)
      at += end - start
    },
  })
  return words
}

/** The first 64 bytes as text, one character per byte. */
export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64))
}
