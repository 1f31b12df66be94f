import {describe, expect, test} from '@jest/globals'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'

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

  test('says what is missing', async () => {
    const {stdout, stderr, code} = await respite(['info', '/nowhere/dump.rdb'])
    expect({stdout, code}).toEqual({stdout: '', code: 10})
    expect(stderr).toMatch(/^respite: \/nowhere\/dump\.rdb: no such file/)
  })
})
