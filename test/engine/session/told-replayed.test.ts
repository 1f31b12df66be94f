/** What a writable dataset tells logs, replayed, gives what it holds: whatever chance and the clock decided. */
import {describe, expect, test} from '@jest/globals'
import {APPLIES} from '../../../src/engine/apply/table.ts'
import {FullDigest} from '../../../src/engine/digest/full-digest.ts'
import {arenaMemory, digestKeyspace} from '../../../src/engine/digest/keyspace-digest.ts'
import type {Keyspace} from '../../../src/engine/keyspace.ts'
import {layoutOf} from '../../../src/engine/memory/server-layout.ts'
import {VALUE_OPS} from '../../../src/engine/values/table.ts'
import {targetOf} from '../../../src/formats/rdb/targets.ts'
import {budget, TIMEOUT} from '../../support/campaign.ts'
import {EngineUnderTest} from '../../support/engine.ts'
import {randomSeed, seeded, seedOf} from '../../support/random.ts'
import {ServedEngine} from '../../support/served-engine.ts'
import {chanceCommand, STEP_MS} from '../../support/write-commands/chance.ts'
import {VALUE_GROUPS} from '../../support/write-commands/values.ts'

const COMMANDS = 400
const RULES = {
  scores: 'fpconv',
  layout: layoutOf('redis 8.0.6'),
  target: targetOf(12, null),
} as const
const GROUPS = {...VALUE_GROUPS, 'chance and the clock': chanceCommand}

function digestOf(keyspace: Keyspace): string {
  const digest = new FullDigest(arenaMemory(keyspace.arena))
  digestKeyspace(keyspace, digest)
  return digest.finish()
}

/** The digest of what a log of these commands makes of nothing; none of them may fail. */
function replayed(told: ServedEngine['told']): string {
  const engine = new EngineUnderTest([...APPLIES], VALUE_OPS)
  for (const [db, words] of told) {
    if (db === null) continue
    engine.call.dbNumber = db
    const error = engine.run(...words)
    if (error !== null) throw new Error(`${words.join(' ').slice(0, 200)}: ${error}`)
  }
  return digestOf(engine.keyspace)
}

/** The bulk strings of a reply. */
const bulks = (reply: string): string[] => {
  const found: string[] = []
  for (let at = 0; at < reply.length; ) {
    const end = reply.indexOf('\r\n', at)
    const length = reply[at] === '$' ? Number(reply.slice(at + 1, end)) : -1
    at = end + 2
    if (length < 0) continue
    found.push(reply.slice(at, at + length))
    at += length + 2
  }
  return found
}

describe('what logs are told', () => {
  const random = randomSeed('told and replayed')

  test.each(Object.entries(GROUPS))(
    'of %s makes the same data',
    (name, make) => {
      for (let round = 0; round < budget(2, 1000); round++) {
        const own = seeded(seedOf(random.seed, `${name} ${round}`))
        let nowMs = 2_000_000_000_000
        const engine = new ServedEngine(RULES, {clock: () => nowMs})
        for (let i = 0; i < COMMANDS; i++) {
          engine.run(make(own))
          nowMs += own.int(STEP_MS + 1)
        }
        expect(replayed(engine.told)).toBe(digestOf(engine.keyspace))
      }
    },
    TIMEOUT,
  )
})

describe('members at random', () => {
  const random = randomSeed('members at random')
  const members = Array.from({length: 300}, (_, i) => `member ${i}`)

  test.each([
    ['packed', members.slice(0, 20)],
    ['intset', members.slice(0, 50).map((_, i) => String(i))],
    ['table', members],
  ])('SPOP gives different ones of a set that is held as %s, and they are gone', (_, all) => {
    const engine = new ServedEngine(RULES)
    engine.run(['SADD', 's', ...all])
    const gone = new Set<string>()
    while (gone.size < all.length) {
      const left = all.length - gone.size
      const count = random.pick([1, 2, 7, left, left + 5])
      const popped = bulks(engine.run(['SPOP', 's', String(count)]))
      expect(popped).toHaveLength(Math.min(count, left))
      for (const member of popped) {
        expect(all).toContain(member)
        expect(gone.has(member)).toBe(false)
        gone.add(member)
      }
      expect(new Set(bulks(engine.run(['SMEMBERS', 's'])))).toEqual(
        new Set(all.filter((member) => !gone.has(member))),
      )
    }
    expect(engine.run(['EXISTS', 's'])).toBe(':0\r\n')
  })

  test('SRANDMEMBER gives different ones, or the same again for a negative count, and takes none', () => {
    const engine = new ServedEngine(RULES)
    engine.run(['SADD', 's', ...members])
    for (const count of [1, 10, 200, 500]) {
      const found = bulks(engine.run(['SRANDMEMBER', 's', String(count)]))
      expect(new Set(found).size).toBe(Math.min(count, members.length))
      expect(members).toEqual(expect.arrayContaining(found))
    }
    expect(bulks(engine.run(['SRANDMEMBER', 's', '-1000']))).toHaveLength(1000)
    expect(engine.run(['SCARD', 's'])).toBe(':300\r\n')
  })

  test('every member has its chance', () => {
    const engine = new ServedEngine(RULES)
    engine.run(['SADD', 's', ...members])
    const found = new Set<string>()
    for (let i = 0; i < 10_000 && found.size < members.length; i++) {
      found.add(bulks(engine.run(['SRANDMEMBER', 's']))[0])
    }
    expect(found.size).toBe(members.length)
  })
})
