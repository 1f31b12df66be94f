/**
 * Expiries in the stream of masters before 7.0 count from when a replica gets them; in a log they have to be points in time:
 *
 *     EXPIRE k s | PEXPIRE k ms | GETEX k EX s | GETEX k PX ms       PEXPIREAT k at
 *     SETEX k s v | PSETEX k ms v | SET k v … EX s | SET k v … PX ms  SET k v … PXAT at
 *     RESTORE k ms payload …                                         RESTORE k at payload … ABSTTL
 *
 * Source: expireGenericCommand() in expire.c, setGenericCommand() in t_string.c, of 6.2.
 */
import {text, upperCase} from '../text.ts'

type Words = readonly Uint8Array[]

const encoder = new TextEncoder()
const SECOND_MS = 1000

/** May a command of this name have such an expiry? Upper case. */
export const EXPIRING: ReadonlySet<string> = new Set([
  'EXPIRE',
  'PEXPIRE',
  'GETEX',
  'SETEX',
  'PSETEX',
  'SET',
  'RESTORE',
  'RESTORE-ASKING',
])

/** The command with its expiry as a point in time; null where it has none that counts from `nowMs`. */
export function absoluteExpiry(words: Words, nowMs: number): Uint8Array[] | null {
  const name = upperCase(text(words[0]))
  switch (name) {
    case 'EXPIRE':
    case 'PEXPIRE':
      return words.length < 3
        ? null
        : [
            word('PEXPIREAT'),
            words[1],
            atWord(words[2], name === 'EXPIRE', nowMs),
            ...words.slice(3),
          ]
    case 'SETEX':
    case 'PSETEX':
      return words.length !== 4
        ? null
        : [word('SET'), words[1], words[3], word('PXAT'), atWord(words[2], name === 'SETEX', nowMs)]
    case 'SET':
      return withOption(words, 3, nowMs)
    case 'GETEX':
      return getex(words, nowMs)
    default:
      return name.startsWith('RESTORE') ? restore(words, nowMs) : null
  }
}

function getex(words: Words, nowMs: number): Uint8Array[] | null {
  const changed = withOption(words, 2, nowMs)
  return changed === null ? null : [word('PEXPIREAT'), words[1], changed[3]]
}

/** EX or PX among the options from `first` on becomes PXAT. */
function withOption(words: Words, first: number, nowMs: number): Uint8Array[] | null {
  for (let i = first; i + 1 < words.length; i++) {
    const option = optionOf(words[i])
    if (option !== 'EX' && option !== 'PX') continue
    const at = atWord(words[i + 1], option === 'EX', nowMs)
    return [...words.slice(0, i), word('PXAT'), at, ...words.slice(i + 2)]
  }
  return null
}

function restore(words: Words, nowMs: number): Uint8Array[] | null {
  if (words.length < 4 || text(words[2]) === '0') return null
  if (words.slice(4).some((each) => optionOf(each) === 'ABSTTL')) return null
  const [name, key, ttl, ...rest] = words
  return [name, key, atWord(ttl, false, nowMs), ...rest, word('ABSTTL')]
}

/** What is no number stays: a server refuses it, and so does who reads the log. */
function atWord(span: Uint8Array, seconds: boolean, nowMs: number): Uint8Array {
  const value = text(span)
  if (!/^-?\d{1,16}$/.test(value)) return span
  return word(String(nowMs + Number(value) * (seconds ? SECOND_MS : 1)))
}

const word = (value: string): Uint8Array => encoder.encode(value)

const optionOf = (span: Uint8Array): string => (span.length > 8 ? '' : upperCase(text(span)))
