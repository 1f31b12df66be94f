/** R15: what expands cannot expand without end. LZF reaches 88 to 1; gzip and zstd stop at --max-expand. */
import {mkdtempSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {aux, bytes, entry, len, lzfLiterals, rdbFile, str} from '../support/bytes.ts'
import {ROOT} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {checkBytes, memoryHost} from '../support/memory-host.ts'
import {listpack} from '../support/packed.ts'
import {idle, measure, nodeLine, RUN} from './r14-process.ts'

/** The most that LZF data can say: one literal, then `codes` references of 264 bytes each. */
function densest(codes: number): {data: Buffer; expanded: number} {
  const data = bytes(0, 0x61, ...Array.from({length: codes}, () => [0xe0, 0xff, 0]))
  return {data, expanded: 1 + codes * 264}
}

const lzf = (data: Uint8Array, claimed: number): Buffer =>
  bytes(0xc3, len(data.length), len(claimed), data)

const host = memoryHost(kernel)
const codesOf = (body: Buffer): string[] => {
  const report = checkBytes(host, rdbFile({version: 11, body}))
  return report.findings.map(({code, message}) => `${code} ${message}`)
}

describe.each([
  {place: 'string', make: (text: Buffer) => entry(0, 'k', text)},
  {place: 'key', make: (text: Buffer) => bytes(0, text, str('v'))},
  {place: 'set member', make: (text: Buffer) => entry(2, 'k', bytes(1, text))},
  {place: 'hash value', make: (text: Buffer) => entry(4, 'k', bytes(1, str('f'), text))},
  {place: 'plain node', make: (text: Buffer) => entry(18, 'k', bytes(1, 1, text))},
  {place: 'AUX value', make: (text: Buffer) => bytes(aux('a', 'b'), 0xfa, str('n'), text)},
])('LZF in a $place', ({make}) => {
  test.each([1, 1000, 100000])('is believed when %i codes keep what was claimed', (codes) => {
    const {data, expanded} = densest(codes)
    expect(expanded).toBeLessThanOrEqual(data.length * 88)
    expect(codesOf(make(lzf(data, expanded)))).toEqual([])
  })

  test('is damage one byte off, at the limit, and over it', () => {
    const {data, expanded} = densest(1000)
    const limit = data.length * 88
    const wrong = [expanded - 1, expanded + 1, limit, limit + 1, 2 ** 31, 2 ** 40]
    const said = wrong.map((claimed) => codesOf(make(lzf(data, claimed)))[0])
    expect(said.map((each) => each.split(' ')[0])).toEqual(wrong.map(() => 'RDB_LZF'))
    expect(said.map((each) => each.includes('cannot expand to'))).toEqual(
      wrong.map((claimed) => claimed > limit),
    )
  })
})

test('a packed encoding expands like any string', () => {
  const blob = listpack(['f', 'v'])
  const packed = lzfLiterals(blob)
  expect(codesOf(entry(16, 'k', lzf(packed, blob.length)))).toEqual([])
  expect(codesOf(entry(16, 'k', lzf(packed, packed.length * 88 + 1)))[0]).toMatch(/^RDB_LZF/)
})

describe('wrapped inputs', () => {
  /** Above what may always be expanded, 256 MiB. */
  const SCALE = 0.75
  const GIANT = join(ROOT, 'test/reliability/giant.js')
  let folder: string
  let base: number

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'respite-r15-'))
    base = await idle()
  })
  afterAll(() => rmSync(folder, {recursive: true}))

  test.each([
    {kind: 'gz', packer: 'gzip'},
    {kind: 'zst', packer: 'zstd'},
  ])('$kind stops at --max-expand, and is read in little memory', async ({kind, packer}) => {
    const path = join(folder, `bomb.${kind}`)
    const maker = `'${process.execPath}' '${GIANT}' string ${SCALE}`
    const made = await measure(`set -o pipefail; ${maker} | ${packer} -c > '${path}'`)
    if (made.code !== 0) {
      process.stdout.write(`R15 ${kind}: not tried, ${packer} is missing\n`)
      return
    }
    const refused = await measure(nodeLine(RUN, 'check', path, '--max-expand', '10'))
    const read = await measure(nodeLine(RUN, 'check', path, '--max-expand', '1000000'))
    const ratio = ((SCALE * 2 ** 29) / statSync(path).size).toFixed(0)
    const worst = Math.max(refused.peakMiB, read.peakMiB) - base
    process.stdout.write(
      `R15 ${kind} of ${ratio} to 1: refused with ${refused.code}, allowed with ${read.code}, ${worst.toFixed(0)} MiB over the idle process\n`,
    )
    expect(refused.code).toBe(32)
    expect(refused.stdout + refused.stderr).toContain('--max-expand')
    expect(read.code).toBe(0)
    expect(worst).toBeLessThanOrEqual(128)
  })
})
