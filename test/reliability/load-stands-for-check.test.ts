/** Where a snapshot is loaded anyway, loading alone says exactly what reading it before says too. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {check, type ReplayStep} from '../../src/operations/check.ts'
import {embeddedReplay} from '../../src/operations/check-replay.ts'
import {resealed} from '../support/bytes.ts'
import {budget, entrySpans, figure, keepInput, samples, TIMEOUT} from '../support/campaign.ts'
import {kernel} from '../support/kernel.ts'
import {mutate} from '../support/mutator.ts'
import {randomSeed, seeded} from '../support/random.ts'

const EOF = 0xff
const folder = mkdtempSync(join(tmpdir(), 'respite-plain-'))
const path = join(folder, 'dump.rdb')
afterAll(() => rmSync(folder, {recursive: true}))

const host = () => createInlineHost(kernel, new Inputs(), 1e9, 0x100000)
const reported = (replay: ReplayStep) => JSON.stringify(check(host(), [path], {}, replay))

/** What differs, undefined when nothing does; and whether loading was enough. */
function compare(bytes: Uint8Array): {enough: boolean; difference: string | undefined} {
  writeFileSync(path, bytes)
  const {first, add} = embeddedReplay()
  let enough = false
  const once = reported({
    first: (...args) => {
      enough = first?.(...args) ?? false
      return enough
    },
    add,
  })
  const twice = reported({add: embeddedReplay().add})
  return {enough, difference: once === twice ? undefined : `${once}\n${twice}`}
}

const all = samples(0x40000).filter(({kind}) => kind === 'rdb')

test('of every fixture, most of which need no second look', () => {
  const results = all.map(({name, bytes}) => ({name, ...compare(bytes)}))
  const enough = results.filter((each) => each.enough).length
  figure('load for check', `${all.length} fixtures, ${enough} of them plain`)
  expect(results.filter(({difference}) => difference !== undefined)).toEqual([])
  expect(enough).toBeGreaterThan(all.length / 2)
})

test(
  'of mutants whose checksum is right, so that only their values tell',
  () => {
    const subjects = all
      .filter(({bytes}) => bytes.length < 4400 && bytes.at(-9) === EOF)
      .map((each) => ({...each, records: entrySpans(kernel, each.bytes).entries}))
    const {seed} = randomSeed('load for check')
    const count = budget(800, 100_000)
    const different: string[] = []
    let plain = 0
    for (let i = 0; i < count && different.length < 5; i++) {
      const {bytes, what} = mutate(subjects, seeded(seed + i))
      const sealed = bytes.at(-9) === EOF ? resealed(bytes) : bytes
      const {enough, difference} = compare(sealed)
      if (enough) plain++
      if (difference === undefined) continue
      different.push(`RESPITE_SEED=${seed + i}, ${what}, ${keepInput(sealed)}\n${difference}`)
    }
    figure('load for check', `${count} mutants, ${plain} of them plain, seed ${seed}`)
    expect(different).toEqual([])
    expect(plain).toBeGreaterThan(0)
  },
  TIMEOUT,
)
