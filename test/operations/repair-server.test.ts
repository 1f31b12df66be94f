/** Every damage to logs of real servers, repaired, and loaded by redis-server. */
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import type {RepairReport} from '../../src/operations/edit-reports.ts'
import type {DigestReport} from '../../src/operations/reports.ts'
import {budget, figure, TIMEOUT} from '../support/campaign.ts'
import {damage} from '../support/damage.ts'
import type {DamagedInput} from '../support/damage-types.ts'
import {fixture} from '../support/fixtures.ts'
import {serverProgram, startServer} from '../support/server.ts'

const root = mkdtempSync(join(tmpdir(), 'respite-repair-'))
afterAll(() => rmSync(root, {recursive: true}))
const live = serverProgram() ? describe : describe.skip

/** Logs that redis-server 7.0.15 loads; on each push one of each form, and every third damage of the larger ones. */
const NAMES = [
  'redis-7.0.15/aof-small-multi',
  'redis-6.2.16/aof-small-raw',
  'redis-7.0.15/aof-small-ts',
]
const MORE = [
  'redis-7.0.15/aof-small-history',
  'redis-7.0.15/aof-small-raw',
  'redis-7.0.15/aof-small-quoted',
]

/** A damaged RDB is for salvage. */
const OF_THE_BASE = /^base-(trunc|flip|zero|checksum|length)/

interface Outcome {
  report: RepairReport
  output: string
}

async function repaired(damaged: DamagedInput, folder: string, isSet: boolean): Promise<Outcome> {
  const place = join(folder, damaged.name)
  const set = isSet ? join(place, 'appendonlydir') : place
  mkdirSync(set, {recursive: true})
  for (const [name, bytes] of damaged.files) writeFileSync(join(set, name), bytes)
  const output = join(folder, `${damaged.name}.out`)
  const input = isSet ? place : join(place, damaged.target)
  const to = isSet ? output : join(output, 'appendonly.aof')
  mkdirSync(output)
  const options = {output: to, stamp: 'x', force: true}
  return {report: await runOperation<RepairReport>('repair', [input], options), output}
}

/** What a server makes of a data directory. Its log is not to be cut by it. */
async function loaded(dir: string): Promise<string> {
  const before = sizes(dir)
  const server = await startServer({
    dir,
    args: [
      '--appendonly',
      'yes',
      '--aof-load-truncated',
      'no',
      '--auto-aof-rewrite-percentage',
      '0',
    ],
  })
  try {
    expect(server.log()).not.toMatch(/Truncat|Revert/)
    return await server.client.text('DEBUG', 'DIGEST')
  } finally {
    await server.stop()
    expect(sizes(dir)).toMatchObject(before)
  }
}

function sizes(dir: string): Record<string, number> {
  const set = join(dir, 'appendonlydir')
  const names = readdirSync(dir).includes('appendonlydir') ? readdirSync(set) : []
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith('.incr.aof'))
      .map((name) => [name, readFileSync(join(set, name)).length]),
  )
}

live('every damage, repaired', () => {
  test.each([...NAMES, ...(budget(0, 1) ? MORE : [])])(
    '%s',
    async (name) => {
      const {path, entry} = fixture(name)
      const folder = mkdtempSync(join(root, 'of-'))
      const seen = {tried: 0, salvage: 0, same: 0}
      const wrong: string[] = []
      for (const damaged of damage(path)) {
        const isSet = damaged.kind === 'set'
        const {report, output} = await repaired(damaged, folder, isSet)
        seen.tried++
        if (report.verdict === 'unrepairable') {
          seen.salvage++
          if (!OF_THE_BASE.test(damaged.name)) wrong.push(`${damaged.name}: ${report.reason}`)
          continue
        }
        // Well-formed as it is: what the log says is another matter.
        const {digest} = await runOperation<DigestReport>('digest', [output], {server: '7.0'})
        const theirs = await loaded(output).catch((error: Error) => error.message.slice(-300))
        if (theirs !== digest) wrong.push(`${damaged.name}: loaded ${theirs}, replayed ${digest}`)
        if (damaged.sameData === true) {
          if (digest === entry.digest) seen.same++
          else wrong.push(`${damaged.name}: not the data of the good file`)
        }
        if (/duplicate-bytes$/.test(damaged.name) && digest !== entry.digest) {
          wrong.push(`${damaged.name}: a block was applied twice`)
        }
      }
      figure(
        'repair',
        `${name}: ${seen.tried} damages, ${seen.salvage} for salvage, ${seen.same} with all data, ${wrong.length} wrong`,
      )
      expect(wrong).toEqual([])
      expect(seen.tried).toBeGreaterThan(40)
    },
    TIMEOUT,
  )
})
