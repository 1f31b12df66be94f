/** What was flushed on a real server with save points and a multi-part log comes back on a real server. */
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import type {UndoOptions} from '../../src/operations/undo.ts'
import type {UndoListReport, UndoReport} from '../../src/operations/undo-reports.ts'
import {loadedDigest, rewrite, written} from '../support/data-directory.ts'
import type {RespClient} from '../support/resp-client.ts'
import {serverProgram} from '../support/server.ts'

const root = mkdtempSync(join(tmpdir(), 'respite-undo-'))
afterAll(() => rmSync(root, {recursive: true}))
const live = serverProgram() ? describe : describe.skip

function folder(name: string): string {
  const dir = join(root, name)
  mkdirSync(dir)
  return dir
}

const undo = (input: string, command: string, options: Partial<UndoOptions> = {}) => {
  const selection = {command, at: null, match: null, since: null, until: null, last: false}
  const output = `${input}.out`
  return runOperation<UndoReport>('undo', [input], {output, selection, stamp: 'x', ...options})
}

type Work = (client: RespClient) => Promise<unknown>

async function fill(client: RespClient): Promise<void> {
  for (let i = 0; i < 200; i++) await client.text('SET', `key:${i}`, `value ${i}`)
  await client.text('HSET', 'hash', 'f', 'v', 'g', 'w')
  await client.text('SELECT', '3')
  await client.text('RPUSH', 'list', 'a', 'b', 'c')
  await client.text('SET', 'volatile', 'x', 'EX', '100000')
  await client.text('SELECT', '0')
}

async function goOn(client: RespClient): Promise<void> {
  await client.text('SELECT', '0')
  await client.text('SET', 'key:7', 'another')
  await client.text('SET', 'later', '1')
  await client.text('INCR', 'later')
  await client.text('SELECT', '3')
  await client.text('LPUSH', 'list', 'z')
  await client.text('SELECT', '0')
}

/** The same without the flush. */
const spared: Work = async (client) => {
  await fill(client)
  await goOn(client)
  return client.text('DEBUG', 'DIGEST')
}

const inTransaction: Work = async (client) => {
  await client.text('MULTI')
  await client.text('SET', 'key:8', 'from the transaction')
  await client.text('FLUSHALL')
  await client.text('EXEC')
}
const inScript: Work = (client) =>
  client.text('EVAL', "redis.call('set', 'key:8', 'from the script') redis.call('flushall')", '0')
const withSet: Work = async (client) => {
  await fill(client)
  await client.text('SET', 'key:8', 'from the transaction')
}

live('FLUSHALL on a server with save points', () => {
  test.each<[string, Work, Work]>([
    ['bare', (client) => client.text('FLUSHALL'), fill],
    ['ASYNC', (client) => client.text('flushall', 'async'), fill],
    ['in a transaction', inTransaction, withSet],
    [
      'alone in a transaction, as FLUSHALL twice',
      async (client) => {
        await client.text('MULTI')
        await client.text('FLUSHALL')
        await client.text('FLUSHALL')
        await client.text('EXEC')
      },
      fill,
    ],
  ])(
    '%s: all is back, and what came later too',
    async (name, flush, before) => {
      const dir = folder(`all ${name}`)
      await written(dir, async (client) => {
        await fill(client)
        await flush(client)
        // The snapshot is gone at once.
        expect(statSync(join(dir, 'dump.rdb')).size).toBeLessThan(100)
        await goOn(client)
      })
      const expected = await written(folder(`spared ${name}`), async (client) => {
        await before(client)
        await goOn(client)
        return client.text('DEBUG', 'DIGEST')
      })
      const report = await undo(dir, 'flushall')
      expect(report).toMatchObject({verdict: 'undone', fromHistory: false})
      expect(report.proof).toMatchObject({sameBefore: true, failed: 0, incomplete: null})
      expect(await loadedDigest(`${dir}.out`)).toBe(expected)
    },
    60_000,
  )

  test('in a script, without what came later: as right before', async () => {
    const dir = folder('script')
    const before = await written(dir, async (client) => {
      await fill(client)
      const digest = await client.text('DEBUG', 'DIGEST')
      await inScript(client)
      await goOn(client)
      return digest
    })
    const report = await undo(dir, 'flushall', {dropAfter: true})
    expect(report.proof?.output).toEqual(report.proof?.before)
    expect(report.proof?.later).toEqual({added: 0, changed: 0, removed: 0})
    expect(report.proof?.before.keys).toEqual({0: 201, 3: 2})
    expect(await loadedDigest(`${dir}.out`)).toBe(before)
  }, 60_000)

  test('loading what was undone leaves dump.rdb alone', async () => {
    const dir = folder('dump')
    await written(dir, async (client) => {
      await fill(client)
      await client.text('FLUSHALL')
      await goOn(client)
    })
    await undo(dir, 'flushall')
    const out = `${dir}.out`
    const saved = await written(out, async (client) => {
      await client.text('SAVE')
      return readFileSync(join(out, 'dump.rdb'))
    })
    await written(out, (client) => client.text('PING'))
    expect(readFileSync(join(out, 'dump.rdb')).equals(saved)).toBe(true)
  }, 60_000)
})

live('FLUSHDB', () => {
  test('of one database, in a transaction that goes through two', async () => {
    const dir = folder('db')
    const flush: Work = async (client) => {
      await client.text('MULTI')
      await client.text('SET', 'in', 'it')
      await client.text('SELECT', '3')
      await client.text('FLUSHDB')
      await client.text('SELECT', '0')
      await client.text('EXEC')
    }
    await written(dir, async (client) => {
      await fill(client)
      await flush(client)
      await goOn(client)
    })
    const expected = await written(folder('db spared'), async (client) => {
      await fill(client)
      await client.text('SET', 'in', 'it')
      await goOn(client)
      return client.text('DEBUG', 'DIGEST')
    })
    const report = await undo(dir, 'FlushDB')
    expect(report.undone).toMatchObject([{command: 'FLUSHDB', db: 3, keys: {3: 2}}])
    expect(await loadedDigest(`${dir}.out`)).toBe(expected)
  }, 60_000)
})

live('after the log was rewritten', () => {
  const rewritten = (dir: string, args: readonly string[]) =>
    written(
      dir,
      async (client) => {
        await fill(client)
        await client.text('FLUSHALL')
        await goOn(client)
        await rewrite(client, dir)
        await client.text('SET', 'newest', '1')
      },
      args,
    )

  test('there is nothing to undo, and it says why', async () => {
    const dir = folder('rewritten')
    await rewritten(dir, [])
    const error = await undo(dir, 'flushall').catch((thrown) => thrown)
    expect(error).toMatchObject({exit: 1, code: 'NOTHING_TO_UNDO'})
    expect(error.message).toMatch(
      /no FLUSHALL in .*base\.rdb.*what was removed before that is not in it/,
    )
    expect(error.next).toMatch(/replicas/)
    expect(readdirSync(root)).not.toContain('rewritten.out')
  }, 60_000)

  test('history files bring it back, with what was written since', async () => {
    const dir = folder('history')
    await rewritten(dir, ['--aof-disable-auto-gc', 'yes'])
    const expected = await written(folder('history spared'), async (client) => {
      await spared(client)
      await client.text('SET', 'newest', '1')
      return client.text('DEBUG', 'DIGEST')
    })
    const list = await runOperation<UndoListReport>('undo-list', [dir], {})
    expect(list.destructions).toMatchObject([
      {
        command: 'FLUSHALL',
        keys: {0: 201, 3: 2},
        keyCount: 203,
        record: null,
        timeEstimated: false,
      },
    ])
    const report = await undo(dir, 'flushall')
    expect(report).toMatchObject({
      fromHistory: true,
      leftOut: [{file: expect.stringContaining('.2.base.rdb')}],
    })
    expect(report.files.map(({role}) => role)).toEqual(['base', 'incr', 'incr'])
    expect(report.proof?.sameBefore).toBe(true)
    expect(await loadedDigest(`${dir}.out`)).toBe(expected)
  }, 60_000)

  test('in place: a server that rewrites again writes over nothing that is kept', async () => {
    const dir = folder('in place')
    await rewritten(dir, ['--aof-disable-auto-gc', 'yes'])
    const report = await undo(dir, 'flushall', {output: null, inPlace: true})
    const kept = () => report.aside.map((path) => readFileSync(path, 'latin1'))
    const before = kept()
    expect(report.aside.some((path) => /\.2\.base\.rdb\.bak-x$/.test(path))).toBe(true)
    const digest = await written(dir, async (client) => {
      await rewrite(client, dir)
      await rewrite(client, dir)
      return client.text('DEBUG', 'DIGEST')
    })
    expect(kept()).toEqual(before)
    expect(await loadedDigest(dir)).toBe(digest)
  }, 60_000)

  test('a flush of what was empty brings nothing back', async () => {
    const dir = folder('twice')
    await written(dir, async (client) => {
      await fill(client)
      await client.text('FLUSHALL')
      await rewrite(client, dir)
      await client.text('FLUSHALL')
      await goOn(client)
    })
    const report = await undo(dir, 'flushall')
    expect(report).toMatchObject({
      verdict: 'nothing',
      aside: [],
      next: expect.stringContaining('replicas'),
    })
    expect(readdirSync(root)).not.toContain('twice.out')
  }, 60_000)
})
