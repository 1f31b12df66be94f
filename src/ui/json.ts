/** JSON as every command prints it: one document on one line, the same on a terminal and in a pipe. */

/** Integers that a double cannot hold become text. `undefined` disappears, as in JSON itself. */
function exact(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    const safe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    return safe ? Number(value) : String(value)
  }
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? String(value) : value
}

// Legal in JSON, but they reverse, hide or break what a terminal or a log viewer shows.
const RISKY = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{DI}]/gu

/** One line of JSON that says the same and is plain to look at: no raw control, bidi or invisible character is in it. */
export function jsonLine(document: object): string {
  return JSON.stringify(document, exact).replace(RISKY, (character) =>
    Array.from({length: character.length}, (_, i) => character.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
