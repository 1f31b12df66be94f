import type {Cursor} from '../bytes/cursor.ts'

/**
 * Do two empty strings under the empty key, one after the other, begin with the byte before? No server can have written
 * them; NUL bytes that a crash left look like that.
 */
export function isHole(c: Cursor): boolean {
  if (c.limit - c.next < 5 && c.left >= 5) while (c.limit - c.next < 5 && c.more());
  if (c.limit - c.next < 5) return false
  for (let at = c.next; at < c.next + 5; at++) if (c.memory[at] !== 0) return false
  return true
}
