/** Two threads that search a half each find what one finds, or say that they cannot tell. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {DEFAULT_COMMANDS} from '../../src/engine/commands/table.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import type {Host} from '../../src/io/host.ts'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {tiesInHalves} from '../../src/operations/find-ties.ts'
import {searchTies, type TiesTask, tiesBehind} from '../../src/operations/ties-behind.ts'
import {record} from '../support/aof.ts'

const newHost = () => createInlineHost(createKernel(loadKernelModule()), new Inputs(), 1e9, 0x10000)

/** The other thread has its own memory, and runs before anybody waits for it. */
const started: TiesTask[] = []
const host: Host = {
  ...newHost(),
  beside: {
    threads: 2,
    start<Report>(_operation: string, inputs: readonly string[], task: unknown) {
      started.push(task as TiesTask)
      const report = tiesBehind(newHost(), inputs, task as TiesTask)
      return () => report as Report
    },
  },
}

const folder = mkdtempSync(join(tmpdir(), 'respite-ties-'))
afterAll(() => rmSync(folder, {recursive: true}))
let written = 0

function write(...records: readonly Buffer[]): {path: string; name: string} {
  const path = join(folder, `${++written}.aof`)
  writeFileSync(path, Buffer.concat(records))
  return {path, name: path}
}

const sets = (from: number) =>
  Array.from({length: 50}, (_, i) => record('SET', `key:${from + i}`, `value ${i}`))
const tie = (from: string, to: string) => record('RENAME', from, to)

test.each([
  ['in the first half', [tie('key:1', 'key:2'), ...sets(0), ...sets(50)]],
  ['in the second half', [...sets(0), ...sets(50), tie('key:1', 'key:2')]],
  ['in both', [tie('key:1', 'key:2'), ...sets(0), ...sets(50), tie('key:3', 'key:4')]],
  ['nowhere', [...sets(0), ...sets(50)]],
  ['and a SORT', [...sets(0), ...sets(50), record('SORT', 'l', 'BY', 'w_*', 'STORE', 'sorted')]],
  ['and a damaged end', [...sets(0), tie('key:1', 'key:2'), ...sets(50), Buffer.from('*2\r\n$3')]],
])('ties %s', (_, records) => {
  const files = [write(...records)]
  const halves = tiesInHalves(host, files, DEFAULT_COMMANDS)
  expect(halves).toEqual(searchTies(newHost(), files, DEFAULT_COMMANDS))
})

test('the border lies in the file that has the middle, where a record begins', () => {
  const files = [write(tie('a', 'b')), write(...sets(0), ...sets(50)), write(tie('c', 'd'))]
  const halves = tiesInHalves(host, files, DEFAULT_COMMANDS)
  expect(halves).toEqual(searchTies(newHost(), files, DEFAULT_COMMANDS))
  const [behind, last] = started[started.length - 1].files
  expect(behind.path).toBe(files[1].path)
  const lengths = [...sets(0), ...sets(50)].map(({length}) => length)
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, each) => sum + each, 0))
  expect(starts).toContain(behind.start)
  expect(last).toEqual(files[2])
})

test('what looks like records inside a value is no border', () => {
  const value = Buffer.concat(sets(0))
  const files = [write(tie('a', 'b'), record('SET', 'log', value), tie('c', 'd'))]
  expect(tiesInHalves(host, files, DEFAULT_COMMANDS)).toBeNull()
})

test('a log that ends before the middle of its file is searched in halves of what counts', () => {
  const head = Buffer.concat([...sets(0), tie('a', 'b')])
  const files = [{...write(head, ...sets(50), tie('c', 'd')), end: head.length}]
  const halves = tiesInHalves(host, files, DEFAULT_COMMANDS)
  expect(halves).toEqual(searchTies(newHost(), files, DEFAULT_COMMANDS))
  expect(started[started.length - 1].files[0].start).toBeLessThan(head.length)
})

test('no border in a file that begins with an RDB, nor in a log without records', () => {
  const rdb = write(Buffer.from('REDIS0011'), ...sets(0))
  expect(tiesInHalves(host, [rdb], DEFAULT_COMMANDS)).toBeNull()
  expect(tiesInHalves(host, [write(Buffer.alloc(1000, 'x'))], DEFAULT_COMMANDS)).toBeNull()
  expect(tiesInHalves(host, [write()], DEFAULT_COMMANDS)).toBeNull()
})
