import type {Profile} from './evidence.ts'
import type {RdbReader} from './reader.ts'

/** So many entries tell what keys look like. */
const LEARNED = 512
/** The last ones that were read may turn out to be none. */
const PENDING = 16
const KEY_BYTES = 64

/** Takes the first entries of a file into a profile, each once more have been read behind it. */
export class Learner {
  readonly profile: Profile
  private readonly pending: {key: Uint8Array; type: number}[] = []

  constructor(profile: Profile) {
    this.profile = profile
  }

  get wantsMore(): boolean {
    return this.profile.entries < LEARNED
  }

  /** The reader's current entry was read. */
  meet({c: {memory, pinStart, pinEnd}, type}: RdbReader): void {
    if (!this.wantsMore) return
    this.pending.push({key: memory.slice(pinStart, Math.min(pinEnd, pinStart + KEY_BYTES)), type})
    if (this.pending.length <= PENDING) return
    const first = this.pending.shift()!
    this.profile.learn(first.key, 0, first.key.length, first.type)
  }

  /** Those that were not taken yet are judged elsewhere. */
  forget(): void {
    this.pending.length = 0
  }
}
