/** What statistics are made of: what is known of one key. The same object every time. */
export interface KeyFacts {
  db: number
  /** Places in LOGICAL_TYPES and ENCODINGS. */
  type: number
  encoding: number
  elements: number
  /** Bytes of the record in the file; 0 where there is none. */
  size: number
  /** Rounded; 0 where nothing is known. */
  memory: number
  /** Bytes of the longest element. */
  longest: number
  /** Bytes less that a packed encoding would take, where the value is in a table; 0 where it is in none. */
  saves: number
  /** It is a set of nothing but integers. */
  integers: boolean
  /** NaN without one. */
  expiresAtMs: number
  /** -1 where the file has none. */
  idleSeconds: number
  freq: number
  slot: number
  bytes: Uint8Array
  keyStart: number
  keyEnd: number
}

export const newFacts = (): KeyFacts => ({
  db: 0,
  type: 0,
  encoding: 0,
  elements: 0,
  size: 0,
  memory: 0,
  longest: 0,
  saves: 0,
  integers: false,
  expiresAtMs: Number.NaN,
  idleSeconds: -1,
  freq: -1,
  slot: -1,
  bytes: new Uint8Array(0),
  keyStart: 0,
  keyEnd: 0,
})
