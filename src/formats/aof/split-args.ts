const QUOTE = 0x22
const APOSTROPHE = 0x27
const BACKSLASH = 0x5c
const ESCAPES: Record<number, number> = {110: 10, 114: 13, 116: 9, 98: 8, 97: 7}
const ESCAPED: Record<number, string> = {10: '\\n', 13: '\\r', 9: '\\t', 8: '\\b', 7: '\\a'}

/**
 * Split a line as servers split manifests, configuration files and inline commands:
 *
 *     word                bytes up to a blank
 *     "word"              escapes \n \r \t \b \a \xHH, \ before any other byte stands for that byte
 *     'word'              the only escape is \'
 *
 * A closing quote must end the word. Returns null where quotes do not match.
 * Source: sdssplitargs() in sds.c.
 */
export function splitArgs(line: Uint8Array): Uint8Array[] | null {
  const words: Uint8Array[] = []
  let at = 0
  for (;;) {
    while (at < line.length && isBlank(line[at])) at++
    if (at === line.length || line[at] === 0) return words
    const word: number[] = []
    at = readWord(line, at, word)
    if (at < 0) return null
    words.push(Uint8Array.from(word))
  }
}

/** Quote a word as servers do, when it holds anything that needs it. Source: sdscatrepr() and sdsneedsrepr() in sds.c. */
export function quoteArg(word: Uint8Array): string {
  const plain = word.length > 0 && word.every((byte) => isPrintable(byte) && !needsQuotes(byte))
  if (plain) return String.fromCharCode(...word)
  let text = '"'
  for (const byte of word) {
    if (byte === QUOTE || byte === BACKSLASH) text += `\\${String.fromCharCode(byte)}`
    else if (isPrintable(byte)) text += String.fromCharCode(byte)
    else text += ESCAPED[byte] ?? `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `${text}"`
}

/** Append the word at `at` to `word`. Returns where it ends, -1 for unmatched quotes. */
function readWord(line: Uint8Array, from: number, word: number[]): number {
  let at = from
  while (at < line.length && line[at] !== 0 && !isBlank(line[at])) {
    const byte = line[at++]
    if (byte === QUOTE || byte === APOSTROPHE) {
      at = byte === QUOTE ? readQuoted(line, at, word) : readApostrophes(line, at, word)
      if (at < 0 || (at < line.length && !isBlank(line[at]) && line[at] !== 0)) return -1
      return at
    }
    word.push(byte)
  }
  return at
}

function readQuoted(line: Uint8Array, from: number, word: number[]): number {
  for (let at = from; at < line.length; at++) {
    if (line[at] === QUOTE) return at + 1
    if (line[at] !== BACKSLASH || at + 1 === line.length) {
      word.push(line[at])
      continue
    }
    const code = hexByte(line, at + 1)
    if (code >= 0) {
      word.push(code)
      at += 3
    } else {
      at++
      word.push(ESCAPES[line[at]] ?? line[at])
    }
  }
  return -1
}

function readApostrophes(line: Uint8Array, from: number, word: number[]): number {
  for (let at = from; at < line.length; at++) {
    if (line[at] === APOSTROPHE) return at + 1
    if (line[at] === BACKSLASH && line[at + 1] === APOSTROPHE) at++
    word.push(line[at])
  }
  return -1
}

/** The byte that xHH at `at` stands for, or -1. */
function hexByte(line: Uint8Array, at: number): number {
  const text = String.fromCharCode(...line.subarray(at, at + 3))
  return /^x[0-9a-fA-F]{2}$/.test(text) ? Number.parseInt(text.slice(1), 16) : -1
}

function isBlank(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13)
}

function isPrintable(byte: number): boolean {
  return byte >= 32 && byte < 127
}

function needsQuotes(byte: number): boolean {
  return byte === 32 || byte === QUOTE || byte === APOSTROPHE || byte === BACKSLASH
}
