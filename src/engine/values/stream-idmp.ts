/** Idempotent producers of a stream (Redis 8.6): what they sent lately, and which entry it became. */
import {findName} from './stream-group.ts'

/** Source: config.c of Redis 8.6. */
const DEFAULT_DURATION_SECONDS = 100n
const DEFAULT_ENTRIES = 100n

export interface Producer {
  name: Uint8Array
  /** Oldest first. */
  iids: {iid: Uint8Array; ms: bigint; seq: bigint}[]
}

export interface Idmp {
  durationSeconds: bigint
  maxEntries: bigint
  iidsAdded: bigint
  iidsDuplicates: bigint
  /** By name, bytewise. */
  producers: Producer[]
}

export const newIdmp = (): Idmp => ({
  durationSeconds: DEFAULT_DURATION_SECONDS,
  maxEntries: DEFAULT_ENTRIES,
  iidsAdded: 0n,
  iidsDuplicates: 0n,
  producers: [],
})

/** The producer of a name, made when it is not there. */
export function producerOf(idmp: Idmp, name: Uint8Array): Producer {
  const place = findName(idmp.producers, name, 0, name.length)
  if (place >= 0) return idmp.producers[place]
  const producer = {name, iids: []}
  idmp.producers.splice(~place, 0, producer)
  return producer
}
