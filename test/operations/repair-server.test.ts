/** Every damage to logs of real servers, repaired, and loaded by redis-server. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import type {RepairReport} from '../../src/operations/edit-reports.ts'
import type {DigestReport} from '../../src/operations/reports.ts'
import {figure, SOAK, TIMEOUT} from '../support/campaign.ts'
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
const MORE = ['redis-7.0.15/aof-small-history', 'redis-7.0.15/aof-small-raw']

/** The base of these fixtures is an RDB without a key: little can be kept of it. */
const OF_THE_BASE = /^base-(trunc|flip|zero|checksum|length)/

/** Where the base is an empty log, nothing at all is left then. */
const OF_ALL = /^(no-incr|incr-empty)$/

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
  test.each([...NAMES, ...(SOAK ? MORE : [])])(
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
          const isEmpty = name.endsWith('-raw') && OF_ALL.test(damaged.name)
          if (!OF_THE_BASE.test(damaged.name) && !isEmpty)
            wrong.push(`${damaged.name}: ${report.reason}`)
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
      expect(seen.tried).toBeGreaterThan(20)
    },
    TIMEOUT,
  )
})

live('a damaged RDB at the beginning', () => {
  const NAME = 'redis-7.0.15/aof-full-rdbbase'
  const BASE = 'appendonlydir/appendonly.aof.1.base.rdb'

  /** The log as one file: the base, then what was written since. */
  function preamble(folder: string, base: Buffer): string {
    const {path, entry} = fixture(NAME)
    const logs = entry.files
      .filter((each) => each.path.endsWith('.incr.aof'))
      .map((each) => each.path)
    const parts = logs.sort().map((each) => readFileSync(join(path, '..', each)))
    const file = join(folder, 'appendonly.aof')
    writeFileSync(file, Buffer.concat([base, ...parts]))
    return file
  }

  test.each([
    {
      what: 'a hole in the middle',
      damaged: (base: Buffer) => Buffer.from(base).fill(0, 90_000, 90_600),
    },
    {
      what: 'a wrong checksum',
      damaged: (base: Buffer) => Buffer.from(base).fill(1, base.length - 3),
    },
    {what: 'a lost end', damaged: (base: Buffer) => base.subarray(0, base.length - 5000)},
  ])(
    '$what: its keys are salvaged and the log behind it stays',
    async ({damaged}) => {
      const {path, entry} = fixture(NAME)
      const name = entry.files.find((each) => each.path.endsWith('.base.rdb'))?.path ?? BASE
      const base = readFileSync(join(path, '..', name))
      for (const form of ['set', 'preamble']) {
        const folder = mkdtempSync(join(root, 'base-'))
        const output = join(folder, 'out')
        let input = join(folder, 'data')
        if (form === 'set') {
          cpSync(path, input, {recursive: true})
          writeFileSync(join(folder, 'data', name.replace(/^[^/]*\//, '')), damaged(base))
        } else input = preamble(folder, damaged(base))
        mkdirSync(output)
        const to = form === 'set' ? output : join(output, 'appendonly.aof')
        const report = await runOperation<RepairReport>('repair', [input], {
          output: to,
          stamp: 'x',
          force: true,
        })
        expect(report.verdict).toBe('repaired')
        expect(report.salvaged[0].keys).toBeGreaterThan(200)
        const commands = report.files.reduce((sum, file) => sum + file.outputCommands, 0)
        expect(commands).toBeGreaterThan(100)
        const {digest} = await runOperation<DigestReport>('digest', [output], {server: '7.0'})
        expect(await loaded(output)).toBe(digest)
        if (report.loss.bytes === 0) expect(digest).toBe(entry.digest)
        figure(
          'repair',
          `${form}: ${report.salvaged[0].keys} keys of the base, ${commands} commands, ${report.loss.bytes} bytes lost`,
        )
      }
    },
    TIMEOUT,
  )
})
