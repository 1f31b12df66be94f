/** `push --as-master`: a real server replicates from us and is a master again, with what the input held. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {fixture, ROOT} from '../support/fixtures.ts'
import {freePort, serverProgram, startServer} from '../support/server.ts'

const FULL = fixture('redis-7.0.15/full')
const withServer = serverProgram() ? describe : describe.skip

withServer('a server that is told to replicate from us', () => {
  test.each([
    ['from a file it has written', ['--repl-diskless-load', 'disabled']],
    ['from the wire', ['--repl-diskless-load', 'swapdb']],
    ['with an append-only file', ['--appendonly', 'yes']],
  ])('loads everything %s, and is a master again', async (_, args) => {
    const server = await startServer({args})
    const target = `redis://127.0.0.1:${server.port}`
    const listen = String(await freePort())
    const run = await respite([
      'push',
      FULL.path,
      target,
      '--as-master',
      '--listen',
      listen,
      '--json',
    ])
    const digest = await server.client.text('DEBUG', 'DIGEST')
    const role = await server.client.text('INFO', 'replication')
    await server.stop()
    expect(run.code).toBe(0)
    expect(JSON.parse(run.stdout)).toMatchObject({
      schema: 'respite.feed/1',
      verdict: 'pushed',
      keysThere: FULL.entry.keys,
    })
    expect(digest).toBe(FULL.entry.digest)
    expect(role).toContain('role:master')
  })

  test('keeps what it holds unless --replace lets it lose that', async () => {
    const server = await startServer()
    await server.client.command('SET', 'mine', '1')
    const target = `redis://127.0.0.1:${server.port}`
    const args = ['push', FULL.path, target, '--as-master', '--listen', String(await freePort())]
    const refused = await respite(args)
    const kept = await server.client.text('GET', 'mine')
    const replaced = await respite([...args, '--replace', '--type', 'list'])
    const gone = await server.client.command('GET', 'mine')
    await server.stop()
    expect({code: refused.code, kept}).toEqual({code: 2, kept: '1'})
    expect({code: replaced.code, gone}).toEqual({code: 0, gone: null})
  })

  test('may be told so by somebody else', async () => {
    const server = await startServer()
    const port = await freePort()
    const args = [
      'push',
      FULL.path,
      '--as-master',
      '--listen',
      String(port),
      '--for',
      'redis-7.0',
      '--json',
    ]
    const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args])
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    const [said] = await once(child.stderr, 'data')
    expect(String(said)).toBe(`Now: REPLICAOF 127.0.0.1 ${port}\n`)
    await server.client.command('REPLICAOF', '127.0.0.1', port)
    const [code] = await once(child, 'close')
    await server.client.command('REPLICAOF', 'NO', 'ONE')
    const digest = await server.client.text('DEBUG', 'DIGEST')
    await server.stop()
    expect({code, digest}).toEqual({code: 0, digest: FULL.entry.digest})
    expect(JSON.parse(out)).toMatchObject({target: null, verdict: 'pushed'})
  })

  test('is sent nothing that it cannot hold', async () => {
    const server = await startServer()
    const target = `redis://127.0.0.1:${server.port}`
    const {path} = fixture('redis-8.0.6/full')
    const run = await respite([
      'push',
      path,
      target,
      '--as-master',
      '--listen',
      String(await freePort()),
    ])
    const keys = await server.client.command('DBSIZE')
    const role = await server.client.text('INFO', 'replication')
    await server.stop()
    expect({code: run.code, keys}).toEqual({code: 20, keys: 0})
    expect(role).toContain('role:master')
  })
})
