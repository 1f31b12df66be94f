/** `pull` and `push` over TLS, with a certificate of a private authority. */
import {existsSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'
import {canTls, startTlsServer, type TlsServer} from '../support/tls-server.ts'

const FULL = fixture('redis-7.0.15/full')
const withTls = canTls ? describe : describe.skip

withTls('over TLS', () => {
  let folder: string
  let tls: TlsServer
  let url: string
  const trusting = () => ['--cacert', tls.authority]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-over-tls-'))
    tls = await startTlsServer()
    url = `rediss://localhost:${tls.tlsPort}`
  })
  afterAll(async () => {
    await tls.stop()
    rmSync(folder, {recursive: true})
  })

  test('what is pushed is pulled again, and archived', async () => {
    const push = await respite(['push', FULL.path, url, ...trusting(), '--json'])
    expect(JSON.parse(push.stdout)).toMatchObject({verdict: 'pushed', verified: 'digest'})
    const output = join(folder, 'dump.rdb')
    const pull = await respite(['pull', url, ...trusting(), '-o', output, '--json'])
    expect(JSON.parse(pull.stdout)).toMatchObject({verdict: 'pulled', keys: FULL.entry.keys})
    const archive = join(folder, 'archive')
    const place = [...trusting(), '--archive', archive, '--until-offset', '0']
    expect((await respite(['pull', url, ...place])).code).toBe(0)
    for (const path of [output, archive]) {
      const {stdout} = await respite(['digest', path])
      expect(stdout.slice(0, 40)).toBe(FULL.entry.digest)
    }
  }, 20000)

  test.each([
    {what: 'no authority', trust: () => [], says: 'signed by an unknown authority'},
    {
      what: 'the wrong authority',
      trust: () => ['--cacert', tls.otherAuthority],
      says: 'signed by an unknown authority',
    },
    {
      what: 'the wrong name',
      trust: () => [...trusting(), '--sni', 'db1.example'],
      says: 'its certificate is for another name',
    },
  ])('$what ends in 31, and nothing is there', async ({trust, says}) => {
    const output = join(folder, 'refused.rdb')
    for (const args of [
      ['pull', url, '-o', output],
      ['push', FULL.path, url],
    ]) {
      const run = await respite([...args, ...trust()])
      expect(run).toMatchObject({code: 31, stderr: expect.stringContaining(says)})
      expect(run.stderr).toContain('--cacert')
    }
    expect(existsSync(output)).toBe(false)
  })

  test('a file that is no authority, or is not there, is named', async () => {
    const missing = join(folder, 'nobody.pem')
    const run = await respite(['pull', url, '--cacert', missing, '-o', join(folder, 'x.rdb')])
    expect(run).toMatchObject({code: 2, stderr: expect.stringContaining(missing)})
  })

  test('a connection without it is lost, and ends in 31', async () => {
    const output = join(folder, 'plain.rdb')
    const run = await respite(['pull', `redis://localhost:${tls.tlsPort}`, '-o', output])
    expect(run).toMatchObject({code: 31, stderr: expect.stringContaining('connection')})
  })
})
