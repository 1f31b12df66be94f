/** Disks that fail while something comes over the network: what is there is whole, and the next run goes on. */
import {execFileSync, spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {budget, SOAK} from '../support/campaign.ts'
import {respite} from '../support/cli.ts'
import {callsOf, runFaulty} from '../support/fault-runs.ts'
import {fixture} from '../support/fixtures.ts'
import {seeded} from '../support/random.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'
import type {WritingCommand} from '../support/writing-commands.ts'
import {scene, spread, temporariesIn} from '../support/writing-runs.ts'

const FULL = fixture('redis-7.0.15/full')
const withServer = serverProgram() ? describe : describe.skip
const POINTS = budget(3, 1000)

/** A disk of 8 MB; mounting needs root and Linux. */
function mounted(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null
  const folder = mkdtempSync(join(tmpdir(), 'respite-full-'))
  const {status} = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', folder])
  if (status === 0) return folder
  rmSync(folder, {recursive: true})
  return null
}

const disk = mounted()

async function digestOf(path: string): Promise<string> {
  const {stdout} = await respite(['digest', path])
  return stdout.slice(0, 40)
}

withServer('of a server', () => {
  let server: RunningServer
  let url: string
  const digest = () => server.client.text('DEBUG', 'DIGEST')

  beforeAll(async () => {
    server = await startServer({args: ['--repl-diskless-sync-delay', '0']})
    url = `redis://127.0.0.1:${server.port}`
    await respite(['push', FULL.path, url])
  })
  afterAll(async () => {
    await server.stop()
    if (disk === null) return
    execFileSync('umount', [disk])
    rmSync(disk, {recursive: true})
  })

  test.each([
    {kind: 'ENOSPC', exits: [30]},
    {kind: 'EIO', exits: [30]},
    {kind: 'short', exits: [0]},
    {kind: 'SIGKILL', exits: [null]},
    {kind: 'SIGTERM', exits: [143]},
  ])(
    'a snapshot is there whole or not at all, with $kind at any call',
    async ({kind, exits}) => {
      const command: WritingCommand = {
        name: 'pull -o',
        args: ['pull', url, '-o', 'out.rdb'],
        ...{prepare() {}, exit: 0, again: 2},
      }
      for (const call of spread(await callsOf(command), POINTS + 2).slice(1, -1)) {
        const {folder, remove} = scene(command)
        const output = join(folder, 'out.rdb')
        const run = await runFaulty(folder, command.args, kind, call)
        const place = `${call.name} ${call.at}`
        // What fails behind the rename, or only clears up, changes nothing.
        if (run.code === 0 || existsSync(output)) {
          expect([place, await digestOf(output)]).toEqual([place, await digest()])
        } else expect([place, exits]).toEqual([place, expect.arrayContaining([run.code])])
        if (kind !== 'SIGKILL') expect(temporariesIn(folder)).toEqual([])
        if (!existsSync(output)) {
          expect((await respite(['pull', url, '-o', output])).code).toBe(0)
          expect(temporariesIn(folder)).toEqual([])
        }
        remove()
      }
    },
    SOAK ? 600000 : 30000,
  )

  const onDisk = disk === null ? test.skip : test
  onDisk(
    'an archive on a full disk ends in 30, is whole, and goes on when there is room',
    async () => {
      const directory = join(disk!, 'archive')
      const filler = join(disk!, 'filler')
      expect(
        (await respite(['pull', url, '--archive', directory, '--until-offset', '0'])).code,
      ).toBe(0)
      const before = await digest()
      const {bavail, bsize} = statfsSync(disk!)
      writeFileSync(filler, new Uint8Array(bavail * bsize - 0x80000))
      const running = respite(['pull', url, '--archive', directory])
      const random = seeded(7)
      await server.client.command('SET', 'kept', 'x')
      const log = join(directory, 'appendonly.aof.2.incr.aof')
      // A mark behind it, which comes once a second: from then on it counts.
      const isMarked = () => /kept[^#]*\r\n#[^#]*$/.test(readFileSync(log, 'latin1'))
      while (!isMarked()) await server.client.text('PING')
      let ended = false
      void running.then(() => (ended = true))
      for (let i = 0; !ended && i < 20000; i++) {
        await server.client.command('SET', `k:${i}`, random.bytes(1000))
      }
      const {code, stderr} = await running
      expect(code).toBe(30)
      expect(stderr).toContain('no space left')
      expect(stderr).toContain(`${directory}/appendonly.aof.`)
      expect((await respite(['check', directory])).code).toBe(0)
      expect(await digestOf(directory)).not.toBe(before)
      const data = {args: ['--appendonly', 'yes', '--appenddirname', 'archive', '--dir', disk!]}
      const loaded = await startServer({...data, dir: disk!})
      expect(await loaded.client.text('DEBUG', 'DIGEST')).toBe(await digestOf(directory))
      await loaded.stop()
      rmSync(filler)
      const info = await server.client.text('INFO', 'replication')
      const offset = /master_repl_offset:(\d+)/.exec(info)![1]
      const again = await respite([
        ...['pull', url, '--archive', directory, '--until-offset', offset, '--json'],
      ])
      expect(JSON.parse(again.stdout)).toMatchObject({partialSyncs: 1, fullSyncs: 0})
      expect(await digestOf(directory)).toBe(await digest())
    },
    60000,
  )
})
