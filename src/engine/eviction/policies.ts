/** The maxmemory policies of servers. Source: evict.c. */
export const POLICIES = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
] as const
export type Policy = (typeof POLICIES)[number]

export type Measure = 'idle' | 'freq' | 'expiry' | 'none'

/** What a policy puts keys in order by. */
export function measureOf(policy: Policy): Measure {
  if (policy.endsWith('-lru')) return 'idle'
  if (policy.endsWith('-lfu')) return 'freq'
  return policy === 'volatile-ttl' ? 'expiry' : 'none'
}

/** Only keys with an expiry go. */
export const isVolatile = (policy: Policy): boolean => policy.startsWith('volatile-')

const FREQ_MOST = 255

/** How much a key asks to go; the most of all goes first. `idleSeconds` and the like as the file has them, null without. */
export function rankOf(
  measure: Measure,
  idleSeconds: number | null,
  freq: number | null,
  expiresAtMs: number | null,
): number {
  if (measure === 'idle') return idleSeconds ?? 0
  if (measure === 'freq') return FREQ_MOST - (freq ?? FREQ_MOST)
  return measure === 'expiry' ? -(expiresAtMs ?? Number.POSITIVE_INFINITY) : 0
}
