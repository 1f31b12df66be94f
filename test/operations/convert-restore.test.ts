/** RESTORE commands are read back by a kernel where values are everyday ones, by the engine where not, and nothing passes for another. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, expect, test} from '@jest/globals'
import {FEATURES} from '../../src/formats/rdb/features.ts'
import {SERVERS} from '../../src/formats/rdb/targets.ts'
import {type CommandsPart, commandsPart} from '../../src/operations/commands-part.ts'
import {convert} from '../../src/operations/convert.ts'
import {inlineHost} from '../support/dataset.ts'
import {rdbFixtures} from '../support/fixtures.ts'
import {randomSeed} from '../support/random.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-restore-'))
let host = inlineHost()
afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

const DROP = Object.keys(FEATURES)
let files = 0

async function restored(input: string, server: string): Promise<string> {
  const output = join(folder, `out-${++files}`)
  const shared = {to: 'resp', restore: true, drop: DROP, databases: 100} as const
  const report = await convert(host, [input], {...shared, server, output})
  expect(report).toMatchObject({verdict: 'converted', stoppedAt: null})
  return output
}

function read(path: string, changes: Partial<CommandsPart>) {
  const from = {offset: 0, db: 0}
  const until = Number.POSITIVE_INFINITY
  return commandsPart(host, [path], {from, until, odd: [], lost: [], restores: null, ...changes})
}

const small = rdbFixtures().filter(({name}) =>
  /^(redis-[678]|valkey-[89]).*\/(small|full)$/.test(name),
)

test.each(['redis-4.0', 'redis-7.0', 'redis-8.0', 'valkey-9.0'])(
  'a kernel and the engine read the same, for %s',
  async (server) => {
    expect(small.length).toBeGreaterThan(5)
    for (const {path} of small) {
      const output = await restored(path, server)
      const {length: end} = readFileSync(output)
      const {version: restores} = SERVERS[server]
      const byKernel = read(output, {restores})
      const byEngine = read(output, {restores, odd: [{start: 0, end}]})
      expect(byKernel.unlike).toBe(null)
      expect(byKernel).toEqual(byEngine)
    }
  },
)

test('a byte that is another is seen', async () => {
  const random = randomSeed('restored bytes')
  const [{path}] = small.filter(({name}) => name === 'redis-7.0.15/small')
  for (const server of ['redis-4.0', 'redis-7.0']) {
    const content = readFileSync(await restored(path, server))
    const options = {restores: SERVERS[server].version}
    const whole = join(folder, `whole-${++files}`)
    writeFileSync(whole, content)
    const right = read(whole, options)
    for (let i = 0; i < 300; i++) {
      const mutant = Buffer.from(content)
      const at = random.int(content.length)
      mutant[at] ^= 1 << random.int(8)
      const file = join(folder, `mutant-${++files}`)
      writeFileSync(file, mutant)
      const found = read(file, options)
      host.close()
      host = inlineHost()
      rmSync(file)
      // Names of commands and of their options may be written in either case.
      const isSame = found.unlike === null && found.entries === right.entries
      if (isSame && isLetterCase(content[at], mutant[at])) continue
      expect({at, same: isSame && equal(found.totals, right.totals)}).toEqual({at, same: false})
    }
  }
})

const isLetterCase = (a: number, b: number) =>
  (a ^ b) === 0x20 && (a & 0xdf) >= 0x41 && (a & 0xdf) <= 0x5a
const equal = (a: unknown, b: unknown) =>
  JSON.stringify([...(a as Map<number, Uint32Array>)]) ===
  JSON.stringify([...(b as Map<number, Uint32Array>)])
