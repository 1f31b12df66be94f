import {createHash} from 'node:crypto'
import {readdirSync, readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {BUILT, truthText} from './built.ts'
import {bytes} from './bytes.ts'
import {digestDataset, digestRules} from './digest.ts'
import {FIXTURES, fileOf, listFixtures, type Row, truthRows} from './fixtures.ts'
import {loadRdb, serverProgram, serversAvailable} from './server.ts'

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe.each(listFixtures().map((each) => [each.name, each] as const))('%s', (_, each) => {
  test('its files are those that the server wrote', () => {
    for (const file of each.entry.files) {
      expect([file.path, sha256(fileOf(each, file))]).toEqual([file.path, file.sha256])
    }
  })

  test('its truth has a value for every key', () => {
    const rows = truthRows(each)
    expect(rows).toHaveLength(each.entry.keys)
    expect(rows.filter((row) => row.value === undefined)).toEqual([])
    const sizes: Record<string, number> = {}
    for (const {db} of rows) sizes[db] = (sizes[db] ?? 0) + 1
    expect(sizes).toEqual(each.entry.dbsize)
  })
})

function folderSize(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.size
  return readdirSync(path).reduce((size, name) => size + folderSize(join(path, name)), 0)
}

test('the fixtures stay under 12 MB', () => {
  expect(folderSize(FIXTURES)).toBeLessThan(12e6)
})

/** The built files hold one -0, in a small sorted set: 7.0 makes it 0. */
const unsigned = (row: Row): Row =>
  row.type === 'zset'
    ? {...row, value: (row.value as string[][]).map(([m, s]) => [m, s === '-0' ? '0' : s])}
    : row

const RULES_70 = digestRules({server: 'redis', version: '7.0.15'})
const servers = serversAvailable()
const serverTest = serverProgram() ? test : test.skip

describe.each(BUILT.map((each) => [each.name, each] as const))('built/%s', (name, each) => {
  const path = (ending: string) => join(FIXTURES, 'built', name + ending)

  test('is what its builder makes', () => {
    expect(readFileSync(path('.rdb')).equals(each.file)).toBe(true)
    expect(readFileSync(path('.truth.json'), 'utf8')).toBe(truthText(each))
  })

  const {server = 'none', args = []} = each.truth.loadsIn ?? {}
  for (const {path: program, version} of servers.filter((s) => s.version.startsWith(server))) {
    test(`loads in ${version} with the digest of its truth`, async () => {
      const digest = await loadRdb(each.file, {program, args})
      expect(digest).toBe(digestDataset(each.truth.rows, RULES_70))
    })
  }

  if (each.truth.loadsIn70) {
    serverTest('loads in a server with the digest of its truth', async () => {
      const dropped = (each.truth.dropped ?? []).map((key) => bytes(key).toString('base64'))
      const rows = each.truth.rows.filter((row) => !dropped.includes(row.key))
      expect(await loadRdb(each.file)).toBe(digestDataset(rows.map(unsigned), RULES_70))
    })
  }
})

test('nothing else lies in built/', () => {
  const expected = BUILT.flatMap(({name}) => [`${name}.rdb`, `${name}.truth.json`])
  expect(readdirSync(join(FIXTURES, 'built'))).toEqual(expected.sort())
})
