/** Puts the arguments of records into a call. */
import type {AofReader} from '../formats/aof/reader.ts'
import type {Call} from './call.ts'

/** Those of a whole record, which lie in `memory` so much further up than in the window. */
export function takeSpans(call: Call, reader: AofReader, memory: Uint8Array, shift: number): void {
  const {c, argc} = reader
  roomForSpans(call, argc)
  const {starts, ends} = call
  const {view} = c
  for (let i = 0, span = reader.spans; i < argc; i++, span += 8) {
    starts[i] = view.getUint32(span, true) + shift
    ends[i] = view.getUint32(span + 4, true) + shift
  }
  call.memory = memory
  call.argc = argc
}

/** Those of a record that was copied. */
export function takeWords(call: Call, words: readonly Uint8Array[]): void {
  const memory = new Uint8Array(words.reduce((sum, {length}) => sum + length, 0))
  roomForSpans(call, words.length)
  let at = 0
  words.forEach((word, i) => {
    memory.set(word, at)
    call.starts[i] = at
    at += word.length
    call.ends[i] = at
  })
  call.memory = memory
  call.argc = words.length
}

/** Make room for the spans of so many arguments; those in the call are gone where there was none. */
export function roomForSpans(call: Call, argc: number): void {
  if (call.starts.length >= argc) return
  call.starts = new Uint32Array(argc * 2)
  call.ends = new Uint32Array(argc * 2)
}
