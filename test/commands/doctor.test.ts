import {chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'

let folder: string
let config: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-doctor-'))
  cpSync(fixture('redis-7.0.15/small').path, join(folder, 'dump.rdb'))
  chmodSync(join(folder, 'dump.rdb'), 0o600)
  config = join(folder, 'redis.conf')
  writeFileSync(config, 'appendonly yes\n')
})
afterAll(() => rmSync(folder, {recursive: true}))

test('says what is wrong, why, and what to do', async () => {
  const {stdout, stderr, code} = await respite(['doctor', folder, '--config', config])
  expect({stderr, code}).toEqual({stderr: '', code: 1})
  expect(stdout).toMatch(/NOT HEALTHY \(1 error/)
  expect(stdout).toMatch(/error: a server would start EMPTY and ignore dump.rdb \[STARTS_EMPTY\]/)
  expect(stdout).toContain('  Next: do not start it')
  expect(stdout.indexOf('error:')).toBeLessThan(stdout.indexOf('note:'))
})

test('says the same as JSON', async () => {
  const {stdout, code} = await respite(['doctor', folder, '--json', '--config', config])
  expect(code).toBe(1)
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({schema: 'respite.doctor/1', ok: false, exit: 1, verdict: 'errors'})
  expect(report.findings[0]).toMatchObject({code: 'STARTS_EMPTY', severity: 'error'})
})

test('is one line for a monitoring system', async () => {
  const {stdout, code} = await respite(['doctor', folder, '--nagios', '--config', config])
  expect(code).toBe(2)
  expect(stdout).toMatch(
    /^RESPITE CRITICAL - .*start EMPTY.* \| errors=1 warnings=\d+ notes=\d+\n$/,
  )
})

test('what is not there cannot be looked at', async () => {
  const missing = join(folder, 'missing')
  expect(await respite(['doctor', missing])).toMatchObject({code: 10})
  const nagios = await respite(['doctor', missing, '--nagios'])
  expect(nagios).toMatchObject({code: 3, stdout: expect.stringContaining('RESPITE UNKNOWN')})
  expect(await respite(['doctor', folder, '--config', missing])).toMatchObject({code: 10})
  expect(await respite(['doctor'])).toMatchObject({code: 2})
})
