/** What an input is, from its first bytes; never from its name. */

export const HEAD_SIZE = 64

/** vkcs: Valkey's compressed envelope. jsonl: the lines of docs/jsonl.md. */
export type HeadKind =
  | 'rdb'
  | 'aof'
  | 'jsonl'
  | 'manifest'
  | 'gz'
  | 'zst'
  | 'vkcs'
  | 'empty'
  | 'unknown'

export interface Detected {
  kind: HeadKind
  /** Of what is no file of a server, what it seems to be instead, as the end of a sentence ("this looks like ..."); else null. */
  guess: string | null
}

/**
 * Redis: `REDIS` and four digits; Valkey: `VALKEY` and three; `VKCS`: an LZ4 frame around an RDB.
 * Two wrong bytes in an RDB's magic still make it an RDB, so that its reader says what is damaged.
 * A manifest's pairs come in any order (aofLoadManifestFromFile() in aof.c). An AOF starts with a record or an annotation.
 */
export function detectHead(head: Uint8Array): Detected {
  if (head.length === 0) return {kind: 'empty', guess: null}
  const kind = detectKind(head, latin1(head))
  if (kind === 'jsonl') return {kind, guess: 'lines of JSON that respite convert reads'}
  return {kind, guess: kind === 'unknown' ? guessOther(head) : null}
}

function detectKind(head: Uint8Array, text: string): HeadKind {
  if (startsWith(head, [0x1f, 0x8b])) return 'gz'
  if (isZst(head)) return 'zst'
  if (text.startsWith('VKCS')) return 'vkcs'
  if (text.startsWith('REDIS') || text.startsWith('VALKEY')) return 'rdb'
  if (/^\*\d/.test(text)) return 'aof'
  if (/^\{\s*"schema"\s*:\s*"respite\.jsonl\//.test(text)) return 'jsonl'
  if (/^(file|seq|type)[ \t]/i.test(text)) return 'manifest'
  if (text.startsWith('#')) return detectComment(text)
  return matches(text, 'REDIS0000') >= 7 || matches(text, 'VALKEY000') >= 7 ? 'rdb' : 'unknown'
}

/** Annotations (`#TS:1700000000`) and comments of a manifest both start with a hash; annotations end in CR LF. */
function detectComment(text: string): HeadKind {
  if (/\n(file|seq|type)[ \t]/i.test(text)) return 'manifest'
  if (text.startsWith('#TS:') || /\r\n[*#]/.test(text)) return 'aof'
  return /[^\t\n\r\x20-\x7e]/.test(text) ? 'unknown' : 'manifest'
}

/** zst magic, or a skippable frame before it (RFC 8878, 3.1). */
function isZst(head: Uint8Array): boolean {
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return true
  return (head[0] & 0xf0) === 0x50 && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18])
}

/** Signatures of files that people mix up with a snapshot. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['SQLite format 3\0', 'a SQLite database'],
  ['PK\x03\x04', 'a zip archive: unpack it first'],
  ['\x7fELF', 'a program (ELF)'],
  ['%PDF-', 'a PDF'],
  ['BZh', 'a bzip2 file: unpack it and pipe it in'],
  ['\xfd7zXZ\0', 'an xz file: unpack it and pipe it in'],
  ['\x04"M\x18', 'an lz4 file: unpack it and pipe it in'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive: unpack it first'],
  ['-----BEGIN ', 'a PEM file'],
  ['Salted__', 'a file encrypted by openssl: decrypt it first'],
  ['age-encryption.org/', 'a file encrypted by age: decrypt it first'],
  ['+OK', 'what a server replied, not a file it wrote'],
  ['$', 'what a server replied, not a file it wrote; redis-cli --rdb gives the snapshot alone'],
  ['-ERR', 'an error that a server replied'],
  ['-NOAUTH', 'an error that a server replied'],
  ['<!DOCTYPE', 'a web page: the download may have failed'],
  ['<html', 'a web page: the download may have failed'],
  ['<?xml', 'an XML file: the download may have failed'],
]

function guessOther(head: Uint8Array): string {
  const text = latin1(head)
  for (const [signature, name] of OTHERS) if (text.startsWith(signature)) return name
  if (head.every((byte) => byte === 0)) {
    return 'NUL bytes only: a crash can leave a file whose data never reached the disk'
  }
  if (/^\s*[[{]/.test(text)) return 'JSON'
  if (isTarName(head)) return 'a tar archive: unpack it first'
  if (/^[\t\n\r\x20-\x7e]*$/.test(text)) return 'a text file'
  return 'no format that respite knows'
}

/** A tar header starts with a name padded with NULs to 100 bytes, which is longer than the head. */
function isTarName(head: Uint8Array): boolean {
  const end = head.indexOf(0)
  if (head.length < HEAD_SIZE || end < 1) return false
  return (
    head.subarray(0, end).every((byte) => byte >= 0x20 && byte < 0x7f) &&
    head.subarray(end).every((byte) => byte === 0)
  )
}

/** How many of the nine characters agree with a magic; `0` stands for any digit. */
function matches(text: string, magic: string): number {
  let count = 0
  for (let i = 0; i < magic.length; i++) {
    const char = text[i] ?? ''
    if (magic[i] === '0' ? /\d/.test(char) : char === magic[i]) count++
  }
  return count
}

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => head[i] === byte)
}

function latin1(head: Uint8Array): string {
  return String.fromCharCode(...head.subarray(0, HEAD_SIZE))
}
