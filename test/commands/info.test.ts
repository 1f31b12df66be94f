import {cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'

const AUX = [0xfa]
const FILE = bytes(
  ...['REDIS0010', AUX, [9], 'redis-ver', [6], '7.0.15', AUX, [5], 'ctime', [0xc2, 0, 0, 0, 0x60]],
  ...[[0xfe, 0, 0xfb, 1, 0], [0, 1], 'k', [1], 'v', [0xff], [0, 0, 0, 0, 0, 0, 0, 0]],
)

describe('respite info', () => {
  test('says who wrote a file and what is in it', async () => {
    const {stdout, stderr, code} = await respite(['info', '-'], {input: FILE})
    expect({stderr, code}).toEqual({stderr: '', code: 0})
    expect(stdout).toContain('-: RDB snapshot, RDB version 10\n')
    expect(stdout).toContain('redis 7.0.15')
    expect(stdout).toContain('2021-01-14')
  })

  test('says the same as JSON', async () => {
    const {stdout, code} = await respite(['info', '--json', '-'], {input: FILE})
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'respite.info/1',
      ok: true,
      exit: 0,
      rdbVersion: 10,
      producer: 'redis 7.0.15',
    })
    expect(code).toBe(0)
  })

  test('calls an empty file empty, and ends as check does', async () => {
    const {stdout, code} = await respite(['info', '-'], {input: ''})
    expect(stdout).toContain('-: empty file\n')
    expect(stdout).toContain('[EMPTY_INPUT]')
    expect(stdout).not.toContain('append-only')
    expect(code).toBe(1)
    const json = await respite(['info', '--json', '-'], {input: ''})
    expect(JSON.parse(json.stdout)).toMatchObject({kind: 'unknown', commands: null, bytes: 0})
  })

  test('counts the bytes of what a server loads, as check and digest do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'respite-info-'))
    try {
      cpSync(fixture('redis-7.0.15/aof-small-raw').path, folder, {recursive: true})
      writeFileSync(join(folder, 'other.rdb'), FILE)
      writeFileSync(join(folder, 'appendonlydir/appendonly.aof.9.incr.aof'), 'x'.repeat(1000))
      const bytesOf = async (verb: string) =>
        JSON.parse((await respite([verb, '--json', folder])).stdout).bytes
      const sizes = [await bytesOf('check'), await bytesOf('info'), await bytesOf('digest')]
      const set = readdirSync(join(folder, 'appendonlydir')).filter((name) => !name.includes('9'))
      const all = set.map((name) => statSync(join(folder, 'appendonlydir', name)).size)
      const data = set.map((name, i) => (name.endsWith('manifest') ? 0 : all[i]))
      const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
      expect(sizes).toEqual([sum(all), sum(all), sum(data)])
    } finally {
      rmSync(folder, {recursive: true})
    }
  })

  test('says what is missing', async () => {
    const {stdout, stderr, code} = await respite(['info', '/nowhere/dump.rdb'])
    expect({stdout, code}).toEqual({stdout: '', code: 10})
    expect(stderr).toMatch(/^respite: \/nowhere\/dump\.rdb: no such file/)
  })
})
