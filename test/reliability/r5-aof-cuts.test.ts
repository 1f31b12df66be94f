/** R5: a log cut at every byte. What repair leaves is the longest prefix that ends on a command boundary outside of an open MULTI. */
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {budget, figure, type Sample, samples, TIMEOUT} from '../support/campaign.ts'
import {commands} from '../support/damage-aof.ts'
import {FIXTURES} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {randomSeed} from '../support/random.ts'
import {repairBytes} from '../support/repair-bytes.ts'
import {entriesOf} from '../support/salvage.ts'
import {serverProgram} from '../support/server.ts'

const root = mkdtempSync(join(tmpdir(), 'respite-r5-'))
afterAll(() => rmSync(root, {recursive: true}))

/** Values that look like a log: nothing of them may be taken for one. */
const text = record('SET', 'inside', 'v')
const OWN: Sample = {
  name: 'a log in a value',
  kind: 'aof',
  bytes: bytes(
    record('SET', 'a', '1'),
    record('SET', 'chunk', bytes(text, text, text, record('FLUSHALL'), text, text)),
    record('MULTI'),
    record('INCR', 'a'),
    record('SET', 'chunk', bytes('\r\n', text, text, text, text, text, '\r\n')),
    record('EXEC'),
    record('SET', 'b', text),
  ),
}

const logs = [OWN, ...samples(budget(0x1800, 0x8000))].filter(
  ({kind, bytes: file}) => kind === 'aof' && file[0] === 0x2a,
)

/** By offset, where the last command before it ends outside of a transaction. */
function boundaries(file: Buffer): Uint32Array {
  const at = new Uint32Array(file.length + 1)
  let open = false
  let last = 0
  let from = 0
  for (const {name, end} of commands(file).list) {
    at.fill(last, from, end)
    from = end
    if (name === 'MULTI') open = true
    if (name === 'EXEC') open = false
    if (!open) last = end
  }
  return at.fill(last, from)
}

test(
  'a cut leaves the longest whole prefix',
  () => {
    const random = randomSeed('R5 cuts')
    let cuts = 0
    const wrong: string[] = []
    for (const {name, bytes: file} of logs) {
      const wanted = boundaries(Buffer.from(file))
      // All cuts of the first; of the others, on each push, every tenth from a random one on.
      const step = name === OWN.name ? 1 : budget(10, 1)
      for (let cut = 1 + random.int(step); cut < file.length; cut += step) {
        cuts++
        const {bytes: left} = repairBytes(file.subarray(0, cut))
        // An annotation line has no command's end; what is whole of it may stay.
        const rest = left.subarray(wanted[cut])
        const same = left.length >= wanted[cut] && left.equals(file.subarray(0, left.length))
        if (!same || !/^(#[^\n]*\n)*$/.test(rest.toString('latin1')))
          wrong.push(`${name} at ${cut}`)
      }
    }
    figure(
      'R5',
      `${cuts} cuts of ${logs.length} logs: ${cuts - wrong.length} leave the longest prefix`,
    )
    expect(cuts).toBeGreaterThan(10_000)
    expect(wrong).toEqual([])
  },
  TIMEOUT,
)

describe('an RDB in front', () => {
  const rdb = readFileSync(join(FIXTURES, 'redis-7.0.15/small.rdb'))
  const keys = entriesOf(kernel, rdb)

  test('cut anywhere in its footer keeps all of its keys', () => {
    for (let cut = 1; cut <= 9; cut++) {
      const {bytes: left} = repairBytes(rdb.subarray(0, -cut))
      expect([cut, entriesOf(kernel, left)]).toEqual([cut, keys])
    }
  })

  test('stays when the command behind it is damaged, and so do those that follow', () => {
    const log = [record('SET', 'a', '1'), record('SET', 'b', '2'), record('SET', 'c', '3')]
    for (const first of ['X', '\0\0\0\0', '$3\r\nSET\r\n', '*3\r\n$3\r\nSE']) {
      const {bytes: left} = repairBytes(bytes(rdb, first, ...log))
      expect([first, left.equals(bytes(rdb, ...log))]).toEqual([first, true])
    }
  })
})

const checker = serverProgram('redis-check-aof')
const withChecker = checker ? test : test.skip

withChecker(
  'and the same bytes as redis-check-aof --fix',
  () => {
    const random = randomSeed('R5')
    const wrong: string[] = []
    const count = budget(400, 20_000)
    for (let i = 0; i < count; i++) {
      const {name, bytes: file} = random.pick(logs)
      const cut = 1 + random.int(file.length - 1)
      const damaged = file.subarray(0, cut)
      const path = join(root, 'cut.aof')
      writeFileSync(path, damaged)
      spawnSync(checker!, ['--fix', path], {input: 'y\n'})
      const fixed = readFileSync(path)
      const {bytes: ours} = repairBytes(damaged, {tailOnly: true})
      if (!ours.equals(fixed)) wrong.push(`${name} at ${cut}: ${ours.length} for ${fixed.length}`)
    }
    figure('R5', `${count - wrong.length} of ${count} cuts the same as redis-check-aof --fix`)
    expect(wrong).toEqual([])
  },
  TIMEOUT,
)
