/** Spans that two threads read come to the digest of the whole, wherever the border is. */
import {readFileSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import {FullDigest} from '../../src/engine/digest/full-digest.ts'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {digestRdbFile, digestSpan} from '../../src/operations/digest-span.ts'
import {isVariant} from '../support/campaign.ts'
import {rdbFixtures} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {memoryHost} from '../support/memory-host.ts'
import {seeded} from '../support/random.ts'

const fixtures = rdbFixtures().filter(({name, variant}) => !isVariant(name) && variant !== 'empty')
const END = Number.POSITIVE_INFINITY

test.each(fixtures)('$name', ({path}) => {
  const file = readFileSync(path)
  const host = memoryHost(kernel, 0x4000)
  host.hold(file)
  const whole = digestRdbFile(host, '-')
  expect(whole.entries).toBeGreaterThan(0)
  const random = seeded(file.length)
  for (let i = 0; i < 5; i++) {
    const border = random.int(file.length)
    const parts = [
      digestSpan(host, ['-'], {from: 0, to: border}),
      digestSpan(host, ['-'], {from: border, to: END}),
    ]
    const digest = new FullDigest(new Cursor(kernel))
    for (const {totals} of parts) digest.addTotals(totals)
    expect([border, digest.finish()]).toEqual([border, whole.digest])
    expect(parts[0].entries + parts[1].entries).toBe(whole.entries)
  }
})
