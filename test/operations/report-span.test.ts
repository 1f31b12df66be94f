/** Two threads that read a span each come to what one comes to, wherever the border is, also in damaged files. */
import {readFileSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import {Unreadable} from '../../src/operations/dataset.ts'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {addInput, addSpan, newSummary} from '../../src/operations/report-input.ts'
import {reportSpan} from '../../src/operations/report-span.ts'
import {ReportState} from '../../src/operations/report-state.ts'
import type {Finding} from '../../src/operations/reports.ts'
import {isVariant} from '../support/campaign.ts'
import {rdbFixtures} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {memoryHost} from '../support/memory-host.ts'
import {seeded} from '../support/random.ts'

const SETTINGS = {separators: [0x3a], top: 5000, slots: true, dedup: true}
/** Larger ones take long, and have nothing that the smaller have not. */
const SIZE_MAX = 200_000

async function undivided(file: Uint8Array) {
  const host = memoryHost(kernel, 0x4000)
  host.hold(file)
  const state = new ReportState(SETTINGS)
  await addInput(host, '-', state, {})
  const [{stoppedAt}] = state.inputs
  return stoppedAt === null ? JSON.stringify({...state.state(), inputs: []}) : stoppedAt
}

async function divided(file: Uint8Array, border: number) {
  const host = memoryHost(kernel, 0x4000)
  host.hold(file)
  const state = new ReportState(SETTINGS)
  const summary = newSummary('-')
  try {
    const source = openDataset(host, '-')
    const stoppedAt = await addSpan(host, source, {from: 0, to: border}, summary, state, {})
    if (stoppedAt !== null) return stoppedAt
    const rest = await reportSpan(host, ['-'], {state: SETTINGS, from: border})
    if (rest.stoppedAt !== null) return rest.stoppedAt
    state.addState(rest.part)
    return JSON.stringify(state.state())
  } catch (error) {
    if (error instanceof Unreadable) return error.finding
    throw error
  }
}

/** Where entries were stepped over, a sum that is wrong is not told with the last of them. */
const told = (what: string | Finding) =>
  typeof what === 'object' && what.code === 'RDB_CHECKSUM' ? {...what, key: null} : what

/** Of two long texts: whether they are the same. */
const same = (a: string | Finding, b: string | Finding): boolean =>
  JSON.stringify(told(a)) === JSON.stringify(told(b))

const fixtures = rdbFixtures()
  .filter(({name}) => !isVariant(name))
  .map(({name, path}) => ({name, file: readFileSync(path)}))
  .filter(({file}) => file.length <= SIZE_MAX)

test.each(fixtures)('$name', async ({file}) => {
  const random = seeded(file.length)
  const whole = await undivided(file)
  const borders = [0, 9, file.length - 9, file.length, file.length + 9]
  for (let i = 0; i < 12; i++) borders.push(random.int(file.length))
  for (const border of borders) {
    expect([border, same(await divided(file, border), whole)]).toEqual([border, true])
  }
})

test('damaged: what is told is what one thread tells', async () => {
  const random = seeded(28)
  let stopped = 0
  for (let round = 0; round < 300; round++) {
    const {file} = random.pick(fixtures)
    const mutant = Uint8Array.from(file)
    mutant[random.int(mutant.length)] ^= 1 << random.int(8)
    const whole = await undivided(mutant)
    const parts = await divided(mutant, random.int(mutant.length))
    if (!same(parts, whole)) expect(parts).toEqual(whole)
    if (typeof whole !== 'string') stopped++
  }
  expect(stopped).toBeGreaterThan(200)
})
