/**
 * Bytes of a file on their way to a terminal, a log or a metrics file. Nothing here lets a control character, an escape
 * sequence, a bidi control, an invisible character or invalid UTF-8 through.
 */

import type {Bytes} from '../operations/reports.ts'

const SHORT: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  13: '\\r',
}

const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`

/** A key longer than this is cut in text; JSON has it whole. */
const SHOWN_BYTES = 256

/** A key as redis-cli shows it, so that it can be pasted back: `"user:42"`, `"\xd0\xba\n"`. Source: sdscatrepr() in sds.c. */
export function quoteKey(key: Bytes): string {
  const bytes =
    typeof key === 'string' ? Buffer.from(key, 'utf8') : Buffer.from(key.base64, 'base64')
  let text = ''
  for (const byte of bytes.subarray(0, SHOWN_BYTES)) text += escapeByte(byte)
  return bytes.length > SHOWN_BYTES ? `"${text}"... (${bytes.length} bytes)` : `"${text}"`
}

export function escapeByte(byte: number): string {
  if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return SHORT[byte] ?? hex(byte)
}

// C: control, format (bidi, zero width), surrogate, private, unassigned. DI: invisible by default.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{DI}]/gu

/** Text that is safe on one line of a terminal: printable characters of any script stay, everything else is escaped. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!
    if (code < 0x100) return SHORT[code] ?? hex(code)
    return `\\u{${code.toString(16)}}`
  })
}

/** AUX names and values and the like: short ones read as plain words where they are. */
export function bytesText(bytes: Bytes): string {
  const plain = typeof bytes === 'string' && /^[\x20-\x7e]{1,256}$/.test(bytes)
  return plain ? (bytes as string) : quoteKey(bytes)
}

/** A label value of the Prometheus text format, with its quotes. Control characters are escaped before the format's own three. */
export function prometheusLabel(text: string): string {
  const safe = printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return `"${safe}"`
}

/** Text inside the one line that Nagios reads: `|` would start performance data. */
export function nagiosText(text: string): string {
  return printable(text).replaceAll('|', '/')
}
