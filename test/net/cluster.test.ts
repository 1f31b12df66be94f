/** A cluster of three masters: as an engine, and as an input. */
import {execFileSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {encode} from '../../src/net/client.ts'
import {loadKeySlot} from '../../src/net/key-slot.ts'
import {openTarget} from '../../src/net/replay-target.ts'
import {parseServerUrl} from '../../src/net/server-settings.ts'
import type {CheckReport, DigestReport} from '../../src/operations/reports.ts'
import {bytes, resp} from '../support/bytes.ts'
import {fixture} from '../support/fixtures.ts'
import {runLive} from '../support/live.ts'
import {type RunningServer, serverProgram, startServer} from '../support/server.ts'

const cli = serverProgram('redis-cli')
const withCluster = serverProgram() && cli ? describe : describe.skip
const FULL = {full: true, force: true}

withCluster('a cluster', () => {
  let folder: string
  let nodes: RunningServer[]
  let url: string
  const write = (name: string, ...records: Uint8Array[]) => {
    const path = join(folder, name)
    writeFileSync(path, Buffer.concat(records))
    return path
  }
  const ids = () => Promise.all(nodes.map(({client}) => client.text('CLUSTER', 'MYID')))
  /** The node that serves a key, and the two others. */
  const around = async (key: string) => {
    const slot = (await loadKeySlot())(bytes(key))
    const owners = await Promise.all(nodes.map(({client}) => client.raw('EXISTS', key)))
    const at = owners.findIndex((reply) => !(reply instanceof Error))
    return {slot, at, other: (at + 1) % 3}
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-cluster-'))
    const args = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf']
    nodes = [await startServer({args}), await startServer({args}), await startServer({args})]
    const addresses = nodes.map(({port}) => `127.0.0.1:${port}`)
    execFileSync(cli!, ['--cluster', 'create', ...addresses, '--cluster-yes'])
    for (const {client} of nodes) {
      // The nodes agree a moment after the slots were given out.
      while (!(await client.text('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    }
    url = `redis://${addresses[0]}`
  }, 60000)
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    rmSync(folder, {recursive: true})
  })

  test('holds what the file holds, wherever the keys are', async () => {
    const {path} = fixture('redis-7.0.15/small-cluster')
    const live = await runLive<DigestReport>('digest-on-server', [path, url], FULL)
    const file = await runLive<DigestReport>('digest', [path], {full: true})
    expect(live.digest).toBe(file.digest)
    expect(live.databases).toEqual(file.databases)
    const sizes = await Promise.all(nodes.map(({client}) => client.command('DBSIZE')))
    expect(sizes.every((size) => Number(size) > 0)).toBe(true)
    const asInput = await runLive<DigestReport>('digest', [`redis://127.0.0.1:${nodes[2].port}`], {
      full: true,
    })
    expect(asInput.digest).toBe(file.digest)
  })

  test('with data is refused, whichever node has it', async () => {
    await nodes[0].client.raw('FLUSHALL')
    await nodes[1].client.raw('FLUSHALL')
    const {path} = fixture('redis-7.0.15/small-cluster')
    const run = runLive('digest-on-server', [path, url])
    await expect(run).rejects.toMatchObject({exit: 2, code: 'SERVER_NOT_EMPTY'})
  })

  test('takes scripts and transactions over several slots; a command over several fails', async () => {
    const log = write(
      'log.aof',
      resp('SELECT', '0'),
      resp('MULTI'),
      resp('SET', 'foo', '1'),
      resp('SET', 'bar', '2'),
      resp('EXEC'),
      resp('EVAL', "return redis.call('INCRBY', KEYS[1], 41)", '1', 'foo'),
      resp('MSET', 'foo', 'x', 'bar', 'y'),
    )
    const report = await runLive<CheckReport>('check-on-server', [log, url], {force: true})
    expect(report.replay).toMatchObject({keys: 2, failed: 1})
    const failed = report.findings.find(({code}) => code === 'AOF_FAILED')
    expect(failed).toMatchObject({record: 7, message: expect.stringContaining('CROSSSLOT')})
    const {at} = await around('foo')
    expect(await nodes[at].client.text('GET', 'foo')).toBe('42')
  })

  test('has no other database: SELECT ends it, with its offset', async () => {
    const log = write('select.aof', resp('SET', 'a', '1'), resp('SELECT', '1'))
    const report = await runLive<DigestReport>('digest-on-server', [log, url], FULL)
    const stoppedAt = {code: 'UNSUPPORTED', offset: 27, message: expect.stringContaining('SELECT')}
    expect(report).toMatchObject({digest: null, stoppedAt})
  })

  test('whose slot has moved answers MOVED, and is followed in order', async () => {
    const target = await openTarget(parseServerUrl(url), true, new AbortController().signal)
    const {slot, at, other} = await around('moving')
    const names = await ids()
    for (const {client} of [nodes[other], nodes[at], nodes[3 - at - other]]) {
      await client.command('CLUSTER', 'SETSLOT', String(slot), 'NODE', names[other])
    }
    const replies: unknown[] = []
    const append = (letter: string) =>
      target.send(encode(['APPEND', 'moving', letter]), bytes('moving'), {
        answered: (reply) => void replies.push(reply),
      })
    for (const letter of 'abcdef') append(letter)
    await target.idle()
    append('g')
    await target.idle()
    target.close()
    expect(replies).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(await nodes[other].client.text('GET', 'moving')).toBe('abcdefg')
  })

  test('whose slot is on its way answers ASK, and is followed', async () => {
    const target = await openTarget(parseServerUrl(url), true, new AbortController().signal)
    const {slot, at, other} = await around('asking')
    const names = await ids()
    const set = (node: number, how: string, where: number) =>
      nodes[node].client.command('CLUSTER', 'SETSLOT', String(slot), how, names[where])
    await set(other, 'IMPORTING', at)
    await set(at, 'MIGRATING', other)
    const reply = new Promise((answered) =>
      target.send(encode(['SET', 'asking', '1']), bytes('asking'), {answered}),
    )
    await target.idle()
    target.close()
    expect(await reply).toBe('OK')
    await nodes[other].client.command('ASKING')
    expect(await nodes[other].client.text('GET', 'asking')).toBe('1')
  })
})
