/** R8: whatever is done to the structure of a file, the answer is a report, soon and in bounded memory. */
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {
  budget,
  commandSpans,
  entrySpans,
  figure,
  keepInput,
  type Sample,
  samples,
  TIMEOUT,
} from '../support/campaign.ts'
import {FIXTURES} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {checkBytes, memoryHost} from '../support/memory-host.ts'
import {mutate, type Subject} from '../support/mutator.ts'
import {randomSeed, seeded} from '../support/random.ts'

const MEMORY_MAX = 64 << 20
/** 1 s per MB; what a busy machine takes away from a file of 3 KB is not counted. */
const timeLimit = (bytes: number): number => Math.max(20, bytes / 1000)
const PROGRESS = 500_000

/** An append-only file that begins with an RDB. */
function withPreamble(all: readonly Sample[]): Sample[] {
  const rdb = all.find(({name}) => name === 'redis-7.0.15/small.rdb')
  const aof = all.find(({name}) => name.includes('aof-small-multi') && name.includes('4.incr'))
  if (!rdb || !aof) throw new Error('no fixtures')
  const bytes = new Uint8Array(Buffer.concat([rdb.bytes, aof.bytes]))
  return [{name: 'small.rdb + incr.aof', kind: 'aof', bytes}]
}

const subjectOf = (sample: Sample): Subject => ({
  ...sample,
  records:
    sample.kind === 'rdb' ? entrySpans(kernel, sample.bytes).entries : commandSpans(sample.bytes),
})

const small = samples(16384)
const rdbs = small.filter(({kind, bytes}) => kind === 'rdb' && bytes.length < 4400).map(subjectOf)
const aofs = [...small.filter(({kind}) => kind === 'aof'), ...withPreamble(small)].map(subjectOf)

const whole = memoryHost(kernel)
/** Edges of the window everywhere. */
const narrow = memoryHost(kernel, 256)

function run(bytes: Uint8Array, i: number): void {
  const host = i % 8 === 1 ? narrow : whole
  checkBytes(host, bytes, {depth: i % 8 === 2 ? 'framing' : 'deep'})
}

/** Is it slow each time? */
function isSlow(bytes: Uint8Array, i: number): boolean {
  for (let tries = 0; tries < 3; tries++) {
    const start = performance.now()
    run(bytes, i)
    if (performance.now() - start < timeLimit(bytes.length)) return false
  }
  return true
}

function campaign(subjects: readonly Subject[], count: number, seed: number): string[] {
  const broken: string[] = []
  let last = performance.now()
  for (let i = 0; i < count && broken.length < 20; i++) {
    const {bytes, what} = mutate(subjects, seeded(seed + i))
    const complain = (why: string) =>
      broken.push(`${why}: RESPITE_SEED=${seed + i}, ${what}, kept in ${keepInput(bytes)}`)
    try {
      run(bytes, i)
    } catch (error) {
      complain(String(error))
    }
    const now = performance.now()
    if (now - last > timeLimit(bytes.length) && isSlow(bytes, i)) complain('slow')
    last = performance.now()
    if (i % PROGRESS === PROGRESS - 1) figure('R8', `${i + 1} of ${count} mutants`)
  }
  return broken
}

describe('R8', () => {
  const {seed} = randomSeed('R8')

  test.each([
    ['RDB', rdbs, budget(185_000, 15_000_000)],
    ['AOF', aofs, budget(15_000, 5_000_000)],
  ] as const)(
    'mutants of %s files',
    (kind, subjects, count) => {
      const before = kernel.memory.buffer.byteLength
      const start = performance.now()
      const broken = campaign(subjects, count, seed)
      const each = (((performance.now() - start) / count) * 1000).toFixed(0)
      const grown = (kernel.memory.buffer.byteLength - before) >> 20
      figure(
        'R8',
        `${count} mutants of ${subjects.length} ${kind} files, seed ${seed}: ${broken.length} uncaught errors or slow inputs, ${each} us each, ${grown} MB more memory`,
      )
      expect(broken).toEqual([])
      expect(kernel.memory.buffer.byteLength).toBeLessThan(MEMORY_MAX)
    },
    TIMEOUT,
  )
})

/** Inputs that once broke something: `<what>.<CODE>.rdb`, where the code is that of the first error to report; intact keys. */
const KEPT = [
  {name: 'checksum-behind-a-stream.RDB_CHECKSUM.rdb', keys: 2},
  {name: 'entries-behind-the-end.RDB_CHECKSUM.rdb', keys: 1},
  {name: 'cut-in-pending-entries.TRUNCATED.rdb', keys: 0},
  {name: 'cut-in-a-listpack.TRUNCATED.rdb', keys: 1},
  // By chance the ninth byte from its end is that of EOF: it reads as a wrong length in a whole file.
  {name: 'cut-behind-a-terminator.RDB_COUNT.rdb', keys: 1},
  {name: 'string-beyond-the-end.RDB_COUNT.rdb', keys: 18},
]

describe('kept mutants', () => {
  const folder = join(FIXTURES, 'mutants')

  test.each(KEPT)('$name', ({name, keys}) => {
    const bytes = new Uint8Array(readFileSync(join(folder, name)))
    const {findings, intact} = checkBytes(whole, bytes)
    const first = findings.find(({severity}) => severity === 'error')
    expect([first?.code, intact.keys]).toEqual([name.split('.')[1], keys])
  })

  test('are all named above', () => {
    expect(readdirSync(folder).sort()).toEqual(KEPT.map(({name}) => name).sort())
  })
})
