/** Sizes and counts, as people write and read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `1.2 GiB`, or the exact number of bytes. */
export function sizeText(bytes: number, exact: boolean): string {
  if (exact) return String(bytes)
  let unit = 0
  let value = bytes
  // 1023.95 and up would read 1024.0.
  for (; value >= 1023.95 && unit < UNITS.length - 1; unit++) value /= 1024
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${UNITS[unit]}`
}

/** `18,204`: the same in every locale. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 key`, `18,204 keys`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  kib: 1024,
  m: 1e6,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
}

/** Read a size as redis.conf does: `100k` is 100,000 bytes and `100kb` is 102,400. Null when it is none. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([kmg]?i?b?)$/i.exec(text.trim())
  const factor = match === null ? undefined : FACTORS[match[2].toLowerCase()]
  if (match === null || factor === undefined) return null
  const bytes = Math.floor(Number(match[1]) * factor)
  return Number.isSafeInteger(bytes) ? bytes : null
}
