/** R14: hostile lengths and counts take no memory. Nothing is allocated from a claim that the input cannot keep. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {checkBytes, type MemoryHost, memoryHost} from '../support/memory-host.ts'
import {aofClaims, type Claim, rdbClaims} from './r14-claims.ts'
import {idle, measure, nodeLine, RUN} from './r14-process.ts'

const LIMIT_MIB = 64
const MIB = 0x100000
const claims = [...rdbClaims(), ...aofClaims()]
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-r14-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

/** The same host for inputs whose size nobody knows, as of a pipe. */
const unsized = (host: MemoryHost): MemoryHost => ({
  ...host,
  open: (path, options) => Object.assign(host.open(path, options), {size: -1}),
})

/** Check all; returns the growth of the kernel's memory in MiB and what was taken for sound. */
function checkAll(wrap: (host: MemoryHost) => MemoryHost) {
  const kernel = createKernel(loadKernelModule())
  const host = wrap(memoryHost(kernel, 0x10000))
  checkBytes(host, claims[0].file)
  const before = kernel.memory.buffer.byteLength
  const sound: Claim[] = []
  for (const each of claims) {
    if (checkBytes(host, each.file).verdict === 'sound' && !each.hint) sound.push(each)
  }
  const grown = (kernel.memory.buffer.byteLength - before) / MIB
  return {grown, sound: sound.map(({name}) => name)}
}

test.each([
  {what: 'of known size', wrap: (host: MemoryHost) => host},
  {what: 'of unknown size', wrap: unsized},
])('claims in inputs $what take no memory', ({what, wrap}) => {
  const {grown, sound} = checkAll(wrap)
  process.stdout.write(
    `R14 ${claims.length} claims in inputs ${what}: ${grown.toFixed(1)} MiB more kernel memory (at most ${LIMIT_MIB})\n`,
  )
  expect(sound).toEqual([])
  expect(grown).toBeLessThanOrEqual(LIMIT_MIB)
})

const CHOSEN = [
  ...[
    'string, 2^62',
    'LZF both, 2^31',
    'LZF expanded, 2^40',
    'type 4, 2^32',
    'pending entries, 2^31',
  ],
  ...[
    'AUX value, 2^31',
    'nested, 2^62',
    'AOF *1073741824',
    'AOF *1\r\n$99999999999',
    'AOF *1\r\n$-5',
  ],
]

test.each(['file', 'stdin'])('the program reads them from a %s in little memory', async (way) => {
  const base = await idle()
  let worst = 0
  let slowest = 0
  for (const name of CHOSEN) {
    const found = claims.find((each) => each.name === name)
    const path = join(folder, 'claim')
    writeFileSync(path, found!.file)
    const line = nodeLine(RUN, 'check', way === 'file' ? path : '-')
    const run = await measure(way === 'file' ? line : `${line} < '${path}'`)
    expect({name, code: run.code}).toEqual({name, code: 1})
    worst = Math.max(worst, run.peakMiB - base)
    slowest = Math.max(slowest, run.ms)
  }
  process.stdout.write(
    `R14 program, ${way}: ${worst.toFixed(0)} MiB over the idle process at most, ${slowest.toFixed(0)} ms at most\n`,
  )
  expect(worst).toBeLessThanOrEqual(LIMIT_MIB)
})
