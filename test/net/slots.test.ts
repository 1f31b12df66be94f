import {describe, expect, test} from '@jest/globals'
import {loadKeySlot} from '../../src/net/key-slot.ts'
import {bytes} from '../support/bytes.ts'

/** As CLUSTER KEYSLOT of redis-server 7.0.15 says. */
const SLOTS: [key: string, slot: number][] = [
  ['', 0],
  ['foo', 12182],
  ['123456789', 12739],
  ['{user1000}.following', 3443],
  ['{user1000}.followers', 3443],
  ['foo{}{bar}', 8363],
  ['foo{{bar}}zap', 4015],
  ['foo{bar', 15278],
]

describe('the slot of a key', () => {
  test.each(SLOTS)('%j', async (key, slot) => {
    expect((await loadKeySlot())(bytes(key))).toBe(slot)
  })
})
