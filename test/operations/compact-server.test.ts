/** What was compacted, loaded by a server: it has what it has of the log itself, and goes on from there. */
import {cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {compact} from '../../src/operations/compact.ts'
import type {CompactOptions} from '../../src/operations/compact-options.ts'
import {parsePoint} from '../../src/operations/point.ts'
import {figure, SOAK, TIMEOUT} from '../support/campaign.ts'
import {loadedDigest, written} from '../support/data-directory.ts'
import {inlineHost} from '../support/dataset.ts'
import {aofFixtures, fixture} from '../support/fixtures.ts'
import {serverProgram} from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-compact-server-'))
let host = inlineHost()
const live = serverProgram() ? describe : describe.skip

afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

let outputs = 0

/** A data directory that a server can be started in. */
async function compacted(input: string, options: Partial<CompactOptions> = {}): Promise<string> {
  const dir = join(folder, `out-${++outputs}`)
  mkdirSync(dir)
  const output = options.single ? join(dir, 'appendonly.aof') : dir
  const report = await compact(host, [input], {output, force: true, stamp: 'x', ...options})
  // A set of a single file has no data directory that it could be like.
  if (report.single && !options.single) return compacted(input, {...options, single: true})
  expect(report).toMatchObject({verdict: 'compacted'})
  return dir
}

const PUSHED = ['redis-7.0.15/aof-full-rdbbase', 'redis-7.0.15/aof-small-multi']
/** Those that a server of version 7.0 loads from its data directory, by the name that it has by default. */
const INPUTS = aofFixtures().filter(({name}) =>
  SOAK ? /^redis-7\.0\.15\/aof-(?!small-quoted)/.test(name) : PUSHED.includes(name),
)

live('redis-server', () => {
  test.each(INPUTS.map(({name, path}) => [name, path] as const))(
    '%s: the same DEBUG DIGEST',
    async (name, path) => {
      const wanted = await loadedDigest(path)
      const forms: Partial<CompactOptions>[] = [{parts: 4}, {single: true}]
      // Pending entries of deleted messages, which the full ones have, have no commands.
      if (SOAK)
        forms.push({}, ...(name.includes('full') ? [] : [{base: 'aof', single: true} as const]))
      let loaded = 0
      for (const form of forms) {
        const dir = await compacted(path, form)
        expect([form, await loadedDigest(dir)]).toEqual([form, wanted])
        loaded++
      }
      figure('R23', `compact of ${name}: ${loaded} outputs loaded, DEBUG DIGEST equal`)
    },
    TIMEOUT,
  )

  test(
    'commands that were kept are applied as before',
    async () => {
      const {path} = fixture('redis-7.0.15/aof-small-multi')
      const dir = await compacted(path, {keepSince: parsePoint('#120')})
      expect(await loadedDigest(dir)).toBe(await loadedDigest(path))
    },
    TIMEOUT,
  )

  test(
    'goes on in place of its log, and rewrites it itself',
    async () => {
      const dir = join(folder, 'goes-on')
      cpSync(fixture('redis-7.0.15/aof-small-multi').path, dir, {recursive: true})
      const wanted = await loadedDigest(dir)
      await compact(host, [dir], {output: null, inPlace: true, stamp: '20260101T000000Z'})
      const after = await written(dir, async (client) => {
        expect(await client.text('DEBUG', 'DIGEST')).toBe(wanted)
        await client.text('SET', 'new', '1')
        await client.text('BGREWRITEAOF')
        for (;;) {
          const info = await client.text('INFO', 'persistence')
          if (!/aof_rewrite(_in_progress|_scheduled):1/.test(info)) break
        }
        return client.text('DEBUG', 'DIGEST')
      })
      expect(await loadedDigest(dir)).toBe(after)
      const left = readdirSync(join(dir, 'appendonlydir')).filter((name) => !/\.bak-/.test(name))
      expect(left.filter((name) => name.includes('compacted'))).toEqual([])
    },
    TIMEOUT,
  )
})
