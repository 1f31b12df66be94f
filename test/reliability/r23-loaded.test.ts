/**
 * R23 for every command that writes what a server loads: redis-check-* calls it sound, the server loads it, has the digest that
 * respite prints for it, and saves what has its full digest, which also covers expiries, groups and functions.
 */
import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {cp} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, dirname, join} from 'node:path'
import {expect, test} from '@jest/globals'
import {figure, TIMEOUT} from '../support/campaign.ts'
import {respite} from '../support/cli.ts'
import {serverProgram, startServer} from '../support/server.ts'
import {WRITING_COMMANDS} from '../support/writing-commands.ts'
import {runIn, type Scene, scene, treeOf} from '../support/writing-runs.ts'

/** Of what is new or changed: what a server starts from. A set is its manifest. */
function outputsOf({folder, before}: Scene): string[] {
  const now = treeOf(folder)
  const isSet = (name: string) => now.has(join(dirname(name), 'appendonly.aof.manifest'))
  return [...now]
    .filter(([name, {inode, sha256}]) => {
      const was = before.get(name)
      return was?.inode !== inode || was.sha256 !== sha256
    })
    .map(([name]) => name)
    .filter((name) => /\.manifest$/.test(name) || (/\.(?:rdb|aof)$/.test(name) && !isSet(name)))
}

/** What the server starts with, in a data directory of its own. */
async function placed(path: string, dir: string): Promise<readonly string[]> {
  if (path.endsWith('.rdb')) {
    await cp(path, join(dir, 'dump.rdb'))
    return []
  }
  const set = dirname(path)
  if (path.endsWith('.manifest')) await cp(set, join(dir, 'appendonlydir'), {recursive: true})
  else await cp(path, join(dir, 'appendonly.aof'))
  return ['--appendonly', 'yes', '--appendfilename', 'appendonly.aof']
}

/** Of the set whose manifest it is, or the file. */
async function digestOf(path: string, ...flags: string[]): Promise<string> {
  const input = path.endsWith('.manifest') ? dirname(path) : path
  const {stdout} = await respite(['digest', ...flags, input])
  return stdout.slice(0, 40)
}

async function served(path: string): Promise<{debug: string; full: string}> {
  const dir = mkdtempSync(join(tmpdir(), 'respite-loaded-'))
  try {
    const server = await startServer({dir, args: await placed(path, dir)})
    try {
      const debug = await server.client.text('DEBUG', 'DIGEST')
      await server.client.text('SAVE')
      return {debug, full: await digestOf(join(dir, 'dump.rdb'), '--full')}
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(dir, {recursive: true})
  }
}

/** @throws where the server's own program finds fault. */
function checked(path: string): void {
  const isRdb = readFileSync(path).subarray(0, 5).toString('latin1') === 'REDIS'
  const program = serverProgram(
    isRdb && path.endsWith('.rdb') ? 'redis-check-rdb' : 'redis-check-aof',
  )
  if (program) execFileSync(program, [path], {stdio: 'ignore'})
}

/** What is no data: tables, metrics, pages. */
const rows = WRITING_COMMANDS.filter(
  ({name}) => !/jsonl|parquet|resp|patch|baseline|report|prom/.test(name),
)

test.each(rows)(
  'what $name writes',
  async (command) => {
    if (!serverProgram()) return figure('R23', `${command.name}: skipped, there is no redis-server`)
    const stage = scene(command)
    const run = await runIn(stage.folder, command.args)
    expect(run.code).toBe(command.exit)
    const outputs = outputsOf(stage).map((name) => join(stage.folder, name))
    for (const path of outputs) {
      checked(path)
      const wanted = {debug: await digestOf(path), full: await digestOf(path, '--full')}
      expect({file: basename(path), ...(await served(path))}).toEqual({
        file: basename(path),
        ...wanted,
      })
    }
    stage.remove()
    figure('R23', `${command.name}: ${outputs.length} outputs loaded, both digests equal`)
    expect(outputs.length).toBeGreaterThan(0)
  },
  TIMEOUT,
)
