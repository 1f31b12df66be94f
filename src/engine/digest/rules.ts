/** What differs between servers in DEBUG DIGEST. Source: debug.c and t_zset.c of Redis 6.2 to 8.8 and Valkey 7.2 to 9.1. */
import type {ScoreStyle} from '../../formats/score-text.ts'

export interface DigestRules {
  readonly scores: ScoreStyle
  /** Hash fields that expire are marked. */
  readonly fieldExpiry: boolean
  /** Sorted sets that are small when they are loaded keep -0 as the integer 0. */
  readonly smallZeros: boolean
}

export const DIGEST_SERVERS = ['6.2', '7.0', '7.2', '7.4', '8', 'valkey'] as const
export type DigestServer = (typeof DIGEST_SERVERS)[number]

const row = (scores: ScoreStyle, fieldExpiry: boolean, smallZeros: boolean): DigestRules => ({
  scores,
  fieldExpiry,
  smallZeros,
})

/** By server: the first version that digests so. 6.2 stands for all before 7.0. */
export const DIGEST_RULES: Readonly<Record<DigestServer, DigestRules>> = {
  '6.2': row('printf', false, false),
  '7.0': row('printf', false, true),
  '7.2': row('fpconv', false, true),
  '7.4': row('fpconv', true, true),
  '8': row('fpconv', true, true),
  valkey: row('fpconv', false, true),
}

/** Which rules the server that wrote a file follows; null when that is not known. `producer` is `redis 7.0.15`. */
export function serverOf(producer: string | null): DigestServer | null {
  const found = /^(redis|valkey|keydb) (\d+)\.(\d+)/.exec(producer ?? '')
  if (!found) return null
  if (found[1] === 'valkey') return 'valkey'
  if (found[1] === 'keydb') return '6.2'
  const version = Number(found[2]) * 100 + Number(found[3])
  // Release candidates count from the version before: 7.3.240 is 7.4-rc1, 6.9.240 is 7.0-rc1.
  if (version >= 709) return '8'
  if (version >= 703) return '7.4'
  if (version >= 701) return '7.2'
  return version >= 609 ? '7.0' : '6.2'
}
