import {readFileSync} from 'node:fs'
import {describe, expect, test} from '@jest/globals'
import {bytes, crc64, dumpPayload, hex, rdbFile, resp, selectDb, str} from './bytes.ts'
import {respite} from './cli.ts'
import {digestDataset, digestRules} from './digest.ts'
import {fixture, truthRows} from './fixtures.ts'
import {seeded} from './random.ts'
import {
  dump,
  loadRdb,
  restore,
  serverProgram,
  serversAvailable,
  startServer,
  withRdb,
} from './server.ts'

const serverTest = serverProgram() ? test : test.skip

describe('startServer', () => {
  serverTest('talks to the server it started and ends it', async () => {
    const server = await startServer()
    try {
      expect(await server.client.text('INFO', 'server')).toContain(`process_id:${server.pid}`)
      expect(await server.client.text('SET', 'k', 'v')).toBe('OK')
      const payload = await dump(server.client, 'k')
      expect(payload?.readBigUInt64LE(payload.length - 8)).toBe(crc64(payload!.subarray(0, -8)))
      expect(await restore(server.client, 'copy', payload!)).toBe('OK')
      expect(await restore(server.client, 'bad', hex('00'))).toMatch(/DUMP payload version/)
      expect(await restore(server.client, 'bad', dumpPayload(1, hex('00'), 10))).toMatch(/Bad data/)
      expect(await dump(server.client, 'bad')).toBeNull()
    } finally {
      await server.stop()
    }
    expect(() => process.kill(server.pid, 0)).toThrow()
  })

  serverTest('rejects with the log when the file is refused', async () => {
    const file = rdbFile({
      version: 9,
      checksum: 'wrong',
      body: bytes(selectDb(0), 0, str('k'), str('v')),
    })
    await expect(withRdb(file, async () => 'loaded')).rejects.toThrow(/checksum/i)
  })

  const servers = serversAvailable()
  if (servers.length > 0) {
    test.each(servers.map((each) => [each.version, each] as const))(
      '%s loads an old file with the digest of its truth',
      async (version, {path}) => {
        const old = fixture('redis-6.2.16/small')
        const [name, number] = version.split(' ')
        const server = name === 'Valkey' ? 'valkey' : 'redis'
        const rules = digestRules({server, version: number})
        const digest = await loadRdb(readFileSync(old.path), {program: path})
        expect(digest).toBe(digestDataset(truthRows(old), rules))
      },
    )
  }

  serverTest('sends bytes as they are', async () => {
    await withRdb(rdbFile({version: 9}), async ({client}) => {
      const all = Uint8Array.from({length: 256}, (_, i) => i)
      await client.command('SET', all, all)
      expect(await client.command('GET', all)).toEqual(Buffer.from(all))
      expect(resp(all).length).toBe(256 + '*1\r\n$256\r\n\r\n'.length)
    })
  })
})

test('a program that ends is heard to its end', async () => {
  const run = await respite(['--no-such-flag-anywhere'])
  expect(run.signal).toBeNull()
  expect(run.code).not.toBe(0)
})

test('the same seed gives the same numbers', () => {
  const numbers = (seed: number) => Array.from({length: 5}, seeded(seed).u32)
  expect(numbers(7)).toEqual(numbers(7))
  expect(numbers(7)).not.toEqual(numbers(8))
  expect(seeded(1).bytes(4)).toEqual(seeded(1).bytes(4))
})
