/** Words of an inline request. Source: sdssplitargs() in sds.c. */

const ESCAPES: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07'}
const BLANK = /[ \n\r\t\v\f]/

/** Null where a quote does not end, or something stands right behind one. One byte per character. */
export function splitLine(line: string): string[] | null {
  const words: string[] = []
  // The server reads it as text that ends with a zero.
  const end = line.indexOf('\0')
  const input = end < 0 ? line : line.slice(0, end)
  for (let at = 0; ; ) {
    while (at < input.length && BLANK.test(input[at])) at++
    if (at >= input.length) return words
    let word = ''
    for (; at < input.length && !BLANK.test(input[at]); ) {
      const quote = input[at]
      if (quote !== '"' && quote !== "'") {
        word += input[at++]
        continue
      }
      const quoted = quotedWord(input, at + 1, quote)
      if (quoted === null) return null
      word += quoted.text
      at = quoted.end
      if (at < input.length && !BLANK.test(input[at])) return null
    }
    words.push(word)
  }
}

function quotedWord(
  input: string,
  from: number,
  quote: string,
): {text: string; end: number} | null {
  let text = ''
  for (let at = from; at < input.length; at++) {
    if (input[at] === quote) return {text, end: at + 1}
    if (input[at] !== '\\') text += input[at]
    else if (quote === "'") text += input[at + 1] === "'" ? input[++at] : '\\'
    else {
      const hex = /^x[0-9a-fA-F]{2}/.exec(input.slice(at + 1, at + 4))
      if (hex) {
        text += String.fromCharCode(Number.parseInt(hex[0].slice(1), 16))
        at += 3
      } else if (at + 1 < input.length) {
        const next = input[++at]
        text += ESCAPES[next] ?? next
      }
    }
  }
  return null
}
