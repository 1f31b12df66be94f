/** One engine holds 4 GiB; here it is allowed much less. */
import {expect, test} from '@jest/globals'
import {Keyspace} from '../../../src/engine/keyspace.ts'
import {layoutOf} from '../../../src/engine/memory/server-layout.ts'
import {createKernel} from '../../../src/formats/kernel/kernel.ts'
import {targetOf} from '../../../src/formats/rdb/targets.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'
import {ServedEngine} from '../../support/served-engine.ts'

const RULES = {
  scores: 'printf',
  layout: layoutOf('redis 7.0.15'),
  target: targetOf(10, null),
} as const
const LIMIT = 48 * 0x100000

const served = () =>
  new ServedEngine(RULES, {keyspace: new Keyspace(createKernel(loadKernelModule()), LIMIT)})

test.each([
  ['strings', (i: number) => ['SET', `key:${i}`, 'v'.repeat(100_000)]],
  ['a string', () => ['APPEND', 'one', 'v'.repeat(1_000_000)]],
  ['a list', () => ['RPUSH', 'one', 'v'.repeat(100_000)]],
  ['a hash', (i: number) => ['HSET', 'one', `field ${i}`, 'v'.repeat(100_000)]],
  ['a set', (i: number) => ['SADD', 'one', `${i}${'m'.repeat(100_000)}`]],
])('%s for which there is no room are refused, and the rest goes on', (_, make) => {
  const engine = served()
  let reply = ''
  let done = 0
  for (; done < 1000 && !reply.startsWith('-OOM'); done++) reply = engine.run(make(done))
  expect(reply).toMatch(/^-OOM command not allowed/)
  expect(engine.run(['GET', 'none'])).toBe('$-1\r\n')
  expect(engine.run(['DBSIZE'])).toBe(`:${engine.keyspace.database(0).size}\r\n`)
  engine.run(['FLUSHALL'])
  expect(engine.run(['SET', 'a', 'b'])).toBe('+OK\r\n')
})
