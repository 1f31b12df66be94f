import {readFileSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import {checkAof, record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {aofFixtures, fileOf} from '../support/fixtures.ts'

const texts = aofFixtures().flatMap((fixture) =>
  fixture.entry.files
    .map((file) => ({name: `${fixture.server}/${file.path}`, path: fileOf(fixture, file)}))
    .filter(({path}) => /\.aof$/.test(path) && /^[*#]/.test(readFileSync(path, 'latin1')))
    .map(({name, path}) => [name, path] as const),
)

test.each(texts)('%s is sound', (_name, path) => {
  const input = readFileSync(path)
  const {findings, commands, intactBytes, keptBytes, commandCounts} = checkAof(input)
  expect(findings.filter(({severity}) => severity !== 'note')).toEqual([])
  expect([intactBytes, keptBytes]).toEqual([input.length, input.length])
  expect(commands).toBe(headersOf(input))
  expect(Object.values(commandCounts).reduce((sum, count) => sum + count, 0)).toBe(commands)
})

/** Records of a log that is known to be sound, counted another way: by walking its lengths. */
function headersOf(input: Buffer): number {
  let count = 0
  for (let at = 0; at < input.length; ) {
    const line = input.indexOf('\n', at) + 1
    const argc = Number(input.toString('latin1', at + 1, line - 2))
    if (input[at] === 0x23) {
      at = line
      continue
    }
    at = line
    for (let i = 0; i < argc; i++) {
      const end = input.indexOf('\n', at) + 1
      at = end + Number(input.toString('latin1', at + 1, end - 2)) + 2
    }
    count++
  }
  return count
}

test('every cut of a log is found, and says how much is intact', () => {
  const [, path] = texts.find(([name]) => name.includes('aof-small-ts/'))!
  const input = readFileSync(path).subarray(0, 3000)
  const ends = commandEnds(input)
  let cuts = 0
  for (let length = 1; length < input.length; length++) {
    const {findings, intactBytes} = checkAof(input.subarray(0, length), {slotSize: 256})
    const intact = ends.filter(({end}) => end <= length).at(-1)?.end ?? 0
    const clean = ends.some(({end}) => end === length)
    expect({length, errors: findings.some(({severity}) => severity !== 'note')}).toEqual({
      length,
      errors: !clean,
    })
    if (!clean)
      expect({length, intactBytes}).toEqual({length, intactBytes: annotated(input, intact, length)})
    cuts++
  }
  process.stdout.write(
    `R4/R5 check of ${input.length} bytes: ${cuts} of ${cuts} cuts as expected\n`,
  )
})

interface End {
  end: number
}

/** Where whole commands outside of transactions end, from the bytes alone. */
function commandEnds(input: Buffer): End[] {
  const ends: End[] = []
  let open = false
  for (let at = 0; at < input.length; ) {
    const line = input.indexOf('\n', at) + 1
    if (line === 0) break
    const argc = Number(input.toString('latin1', at + 1, line - 2))
    const comment = input[at] === 0x23
    at = line
    let name = ''
    for (let i = 0; !comment && i < argc; i++) {
      const end = input.indexOf('\n', at) + 1
      const length = Number(input.toString('latin1', at + 1, end - 2))
      name ||= input.toString('latin1', end, end + length)
      at = end + length + 2
    }
    if (name === 'MULTI') open = true
    if (name === 'EXEC') open = false
    if (!open && at <= input.length) ends.push({end: at})
  }
  return ends
}

/** An annotation that does not end is a warning: servers load it, so that it counts as intact. */
function annotated(input: Buffer, from: number, to: number): number {
  return input[from] === 0x23 && to > from && !input.subarray(from, to).includes(10) ? to : from
}

test.each([
  ['*1073741824\r\n'],
  ['*2147483647\r\n$3\r\nSET\r\n'],
  ['*1\r\n$99999999999\r\n'],
  ['*1\r\n$9223372036854775807\r\n'],
  ['*99999999999999999999\r\n'],
  ['*3\r\n$3\r\nSET\r\n$536870912\r\n'],
])('a hostile claim allocates nothing: %j', (claim) => {
  const before = process.memoryUsage()
  const {findings} = checkAof(bytes(record('PING'), claim))
  const after = process.memoryUsage()
  expect(findings).toHaveLength(1)
  const grown = after.rss - before.rss + (after.arrayBuffers - before.arrayBuffers)
  process.stdout.write(`R14 ${JSON.stringify(claim)}: ${(grown / 1e6).toFixed(1)} MB\n`)
  expect(grown).toBeLessThan(64e6)
})
