/**
 * The functions that a library registers, as far as its code says so itself: nothing here runs Lua. Found are calls with a name that
 * is written out, wherever they stand:
 *
 *     redis.register_function('name', callback)
 *     redis.register_function{function_name = 'name', callback = …, description = '…', flags = {'no-writes'}}
 *
 * also by the name of `server`, as Valkey has it. What a variable names, or another name of register_function does, is not found.
 * Source: luaRegisterFunction() in function_lua.c; section 2.1 of the manual of Lua 5.1.
 */
import {text as textOf} from '../../formats/text.ts'

export interface LibraryFunction {
  name: string
  description: string | null
  /** In the order in which servers list them. */
  flags: string[]
}

const FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys']

/** Space | a line of comment | what opens a long string, or a long comment | a quoted string | a name | anything else. */
const TOKEN =
  /(\s+|--(?!\[=*\[).*)|((?:--)?)\[(=*)\[|"([^"\\\n]*(?:\\[\s\S][^"\\\n]*)*)"|'([^'\\\n]*(?:\\[\s\S][^'\\\n]*)*)'|[A-Za-z_]\w*|[^"']/y

/** Lua nests no deeper. Source: LUAI_MAXCCALLS in luaconf.h. */
const DEPTH_MAX = 200

interface Token {
  text: string
  isString: boolean
}

const OPENING = new Set(['{', '(', '[', 'function', 'if', 'do', 'repeat'])
const CLOSING = new Set(['}', ')', ']', 'end', 'until'])

/** Text has one character per byte. */
export function functionsOf(code: Uint8Array): LibraryFunction[] {
  const found = new Map<string, LibraryFunction>()
  // The first line is not Lua.
  const tokens = tokensOf(textOf(code).replace(/^#![^\n]*/, ''))
  for (let at = 0; at < tokens.length; at++) {
    if (!isWord(tokens, at, 'redis') && !isWord(tokens, at, 'server')) continue
    if (!isWord(tokens, at + 1, '.') || !isWord(tokens, at + 2, 'register_function')) continue
    const registered = registeredAt(tokens, at + 3)
    // A table that nothing ends: a server would not have loaded that.
    if (registered === undefined) break
    if (registered !== null) found.set(registered.name, registered)
  }
  return [...found.values()]
}

function registeredAt(tokens: readonly Token[], at: number): LibraryFunction | null | undefined {
  const first = isWord(tokens, at, '(') ? at + 1 : at
  if (isWord(tokens, first, '{')) return ofTable(tokens, first + 1)
  const isNamed = first > at && tokens[first]?.isString && isWord(tokens, first + 1, ',')
  return isNamed ? {name: tokens[first].text, description: null, flags: []} : null
}

/** Fields of a table, from behind its brace on: those within what it holds are none of its own. */
function ofTable(tokens: readonly Token[], start: number): LibraryFunction | null | undefined {
  const texts = new Map<string, string>()
  let flags: string[] = []
  let depth = 0
  for (let at = start; at < tokens.length && depth >= 0 && depth < DEPTH_MAX; at++) {
    const {text, isString} = tokens[at]
    if (isString) continue
    if (depth === 0 && isWord(tokens, at + 1, '=')) {
      if (tokens[at + 2]?.isString) texts.set(text, tokens[at + 2].text)
      else if (text === 'flags' && isWord(tokens, at + 2, '{')) flags = stringsFrom(tokens, at + 3)
    }
    if (OPENING.has(text)) depth++
    else if (CLOSING.has(text)) depth--
  }
  if (depth >= 0) return
  const name = texts.get('function_name')
  if (name === undefined) return null
  const description = texts.get('description') ?? null
  return {name, description, flags: FLAGS.filter((flag) => flags.includes(flag))}
}

function stringsFrom(tokens: readonly Token[], start: number): string[] {
  const found: string[] = []
  for (let at = start; at < tokens.length && !isWord(tokens, at, '}'); at++) {
    if (tokens[at].isString) found.push(tokens[at].text)
  }
  return found
}

function isWord(tokens: readonly Token[], at: number, text: string): boolean {
  return tokens[at]?.text === text && !tokens[at].isString
}

/** Up to a string or a comment that nothing ends: a server would not have loaded that. */
function tokensOf(code: string): Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(TOKEN)
  for (let found = pattern.exec(code); found !== null; found = pattern.exec(code)) {
    const [text, space, dashes, level, double, single] = found
    const quoted = double ?? single
    if (level !== undefined) {
      const end = code.indexOf(`]${level}]`, pattern.lastIndex)
      if (end < 0) break
      const long = code.slice(pattern.lastIndex, end).replace(/^\r?\n/, '')
      if (dashes === '') tokens.push({text: long, isString: true})
      pattern.lastIndex = end + level.length + 2
    } else if (quoted !== undefined) tokens.push({text: unescaped(quoted), isString: true})
    else if (space === undefined) tokens.push({text, isString: false})
  }
  return tokens
}

const ESCAPES = new Map(
  Object.entries({a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v'}),
)

const unescaped = (text: string): string =>
  text.replace(/\\(\d{1,3}|[\s\S])/g, (_, escaped: string) =>
    /^\d/.test(escaped)
      ? String.fromCharCode(Number(escaped) & 0xff)
      : (ESCAPES.get(escaped) ?? escaped),
  )
