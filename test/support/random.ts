/** Seeded random numbers (mulberry32): the same seed gives the same run. */
export interface Random {
  readonly seed: number
  /** 0 to 2^32-1 */
  u32(): number
  /** 0 to n-1 */
  int(n: number): number
  bytes(n: number): Buffer
  pick<T>(items: readonly T[]): T
}

export function seeded(seed: number): Random {
  let state = seed >>> 0
  const u32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const int = (n: number): number => Math.floor((u32() / 0x100000000) * n)
  return {
    seed,
    u32,
    int,
    bytes: (n) => Buffer.from(Array.from({length: n}, () => u32() & 255)),
    pick: (items) => items[int(items.length)],
  }
}

/** The seed of one part of a run that has a seed. */
export function seedOf(seed: number, part: string): number {
  let hash = 0x811c9dc5 ^ seed
  for (const letter of part) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** A new seed, or the one in RESPITE_SEED; printed, so that a failing run can be repeated. */
export function randomSeed(what: string): Random {
  const seed = Number(process.env.RESPITE_SEED ?? Math.floor(Math.random() * 0x100000000))
  process.stdout.write(`${what}: RESPITE_SEED=${seed}\n`)
  return seeded(seed)
}
