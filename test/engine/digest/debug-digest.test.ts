import {readFileSync} from 'node:fs'
import {describe, expect, test} from '@jest/globals'
import {DIGEST_RULES, serverOf} from '../../../src/engine/digest/rules.ts'
import {digestDataset, digestRules, digestValue} from '../../support/digest.ts'
import {digestFile} from '../../support/digest-run.ts'
import {type Fixture, type Row, rdbFixtures, truthRows} from '../../support/fixtures.ts'
import {type FieldTruth, hashRow, listRow, setRow, stringRow} from '../../support/truth.ts'
import {hash, list, set, string} from '../../support/visits.ts'
import {written} from '../../support/write-rdb.ts'

const rulesOf = ({meta}: Fixture) => DIGEST_RULES[serverOf(`${meta.server} ${meta.version}`)!]

/** Keys that a server drops when it loads the file. */
const expiredKeys = ({entry}: Fixture): Set<string> =>
  new Set((entry.expiredKeysInFile ?? []).map(({db, key}) => `${db}/${key}`))

describe.each(rdbFixtures().map((each) => [each.name, each] as const))('%s', (_, each) => {
  const file = readFileSync(each.path)
  const rules = rulesOf(each)
  const without = expiredKeys(each)
  const truth = truthRows(each)

  test('digests as the server said', () => {
    expect(digestFile(file, {rules, without, each: false}).digest).toBe(each.entry.digest)
  })

  test('digests every value as the server said, in slots of 64 bytes', () => {
    const {digest, keys} = digestFile(file, {rules, without, slotSize: 64})
    expect(digest).toBe(each.entry.digest)
    const said = truth.filter((row) => row.digest !== undefined)
    const names = said.map(({db, key}) => `${db}/${key}`)
    const wrong = said.filter(({digest}, i) => keys.get(names[i]) !== digest)
    expect(wrong.map(({key, type}) => `${type} ${atob(key)}`)).toEqual([])
    expect(keys.size).toBe(truth.length)
  })
})

describe('values that are put together four at a time', () => {
  const rules = DIGEST_RULES['7.4']
  const oracle = digestRules({server: 'redis', version: '7.4.1'})
  const names = (count: number, length: number) =>
    Array.from({length: count}, (_, i) => `${i}:`.padEnd(length, 'x'))
  const sizes = [1, 2, 3, 4, 5, 9, 511, 512, 513, 1030, 6, 7]

  test.each([3, 20, 55, 56, 70])('lists, sets and hashes of %i-byte elements', (length) => {
    const rows: Row[] = []
    const file = written({dialect: 'redis', version: 12}, (writer) => {
      const begin = (key: string, expiresAtMs: number | null) => {
        const memory = Buffer.from(key)
        const head = {memory, keyStart: 0, keyEnd: memory.length, expiresAtMs}
        return writer.beginEntry({...head, idleSeconds: null, freq: null})
      }
      for (const [i, size] of sizes.entries()) {
        const members = names(size, length)
        const expireAtMs = i % 3 === 0 ? 4102444800000 : null
        list(members)(begin(`list${size}`, expireAtMs))
        rows.push({...listRow(`list${size}`, members), expireAtMs})
        set(members)(begin(`set${size}`, expireAtMs))
        rows.push({...setRow(`set${size}`, members), expireAtMs})
        const fields = members.map((m, j) => [m, `${m}!`, j % 4 === 1 ? 4102444800000 : undefined])
        const type = fields.some((field) => field[2] !== undefined) ? 24 : 4
        hash(fields as [string, string, number?][], type)(begin(`hash${size}`, expireAtMs))
        const truths = fields.map(([f, v, at]) => [f, v, at ?? null] as FieldTruth)
        rows.push({...hashRow(`hash${size}`, truths), expireAtMs})
        string(`${length}`.repeat(size))(begin(`string${size}`, expireAtMs))
        rows.push({...stringRow(`string${size}`, `${length}`.repeat(size)), expireAtMs})
      }
    })
    for (const each of [false, true]) {
      const {digest, keys} = digestFile(file, {rules, each, slotSize: 4096})
      expect(digest).toBe(digestDataset(rows, oracle))
      const wrong = rows.filter((row) => keys.get(`0/${row.key}`) !== digestValue(row, oracle))
      if (each) expect(wrong.map(({key}) => atob(key))).toEqual([])
    }
  })
})
