/** Lines of JSON hold everything: what is read from them is what was written. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {DigestSink} from '../../src/engine/digest/digest-sink.ts'
import {FullDigest} from '../../src/engine/digest/full-digest.ts'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import {openDataset} from '../../src/operations/dataset-source.ts'
import {digest} from '../../src/operations/digest.ts'
import {JsonlSource} from '../../src/operations/jsonl-source.ts'
import {ReportBuilder} from '../../src/operations/report-builder.ts'
import {SOAK} from '../support/campaign.ts'
import {inlineHost, SeeingSink} from '../support/dataset.ts'
import {FIXTURES, fixture, listFixtures} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-jsonl-'))
let host = inlineHost()

afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

const built = readdirSync(join(FIXTURES, 'built')).filter((name) => name.endsWith('.rdb'))
const INPUTS: [name: string, path: string][] = [
  ...listFixtures().map(({name, path}): [string, string] => [name, path]),
  ...built.map((name): [string, string] => [`built/${name}`, join(FIXTURES, 'built', name)]),
]
/** On each push of each server a few, and what was built of the newest types; all of them in soak. */
const CHOSEN = INPUTS.filter(([name], i) => SOAK || i % 7 === 0 || /stream|array|module/.test(name))

const toLines = async (input: string, options: Partial<ConvertOptions> = {}) => {
  const output = join(folder, 'out.jsonl')
  rmSync(output, {force: true})
  const report = await convert(host, [input], {to: 'jsonl', output, ...options})
  return {report, output}
}

function digestOf(path: string): string {
  const source = openDataset(inlineHost(), path)
  const sum = new FullDigest(source.memory)
  source.read(new DigestSink(sum))
  return sum.finish()
}

test.each(CHOSEN)('%s comes back with its digest', async (_name, path) => {
  const source = digest(inlineHost(), [path], {full: true})
  const {report, output} = await toLines(path)
  if (source.digest === null) {
    expect(['refused', 'unreadable']).toContain(report.verdict)
    return
  }
  expect(report).toMatchObject({verdict: 'converted', keys: source.keys, missing: []})
  expect(report.proof).toMatchObject({copied: 0, rewritten: source.keys})
  expect(digestOf(output)).toBe(source.digest)
  for (const line of readFileSync(output, 'utf8').trimEnd().split('\n')) JSON.parse(line)
})

test('an RDB made of the lines has the digest of the one that the lines are of', async () => {
  const {path} = fixture('redis-7.4.1/small')
  const {output} = await toLines(path)
  const back = join(folder, 'back.rdb')
  const report = await convert(host, [output], {to: 'rdb', output: back})
  expect(report).toMatchObject({kind: 'jsonl', producer: 'redis 7.4.1', verdict: 'converted'})
  expect(digest(inlineHost(), [back], {full: true}).digest).toBe(
    digest(inlineHost(), [path], {full: true}).digest,
  )
})

describe.each([
  'redis-7.0.15/small',
  'redis-3.2.13/small',
  'redis-7.4.1/small-lru',
  'redis-2.8.24/small',
])('%s', (name) => {
  const {path} = fixture(name)

  test('is the same text whether a kernel writes it or the visitor does', async () => {
    const drop = ['functions', 'hash-field-ttl']
    for (const to of ['jsonl', 'json'] as const) {
      const texts = []
      for (const selection of [{}, {match: ['*']}]) {
        const {output} = await toLines(path, {to, drop, selection})
        texts.push(readFileSync(output, 'utf8'))
      }
      expect(texts[0]).toBe(texts[1])
    }
  })

  test('is the same text in a window of 64 bytes', async () => {
    const {output} = await toLines(path)
    const text = readFileSync(output, 'utf8')
    const small = inlineHost(64)
    await convert(small, [path], {to: 'jsonl', output, force: true})
    expect(readFileSync(output, 'utf8')).toBe(text)
    const seen = [new SeeingSink(), new SeeingSink()]
    openDataset(small, output).read(seen[0])
    openDataset(inlineHost(), path).read(seen[1])
    expect(seen[0].entries.map(({value}) => value)).toHaveLength(seen[1].entries.length)
    expect(seen[0].keys()).toEqual(seen[1].keys())
    small.close()
  })
})

const HEAD = '{"schema":"respite.jsonl/1","dialect":"redis","rdbVersion":10}\n'
const END = (keys: number) => `{"end":{"keys":${keys}}}\n`
const KEY = (value: string, type = 'string') =>
  `{"db":0,"key":"k","type":"${type}","value":${value}}\n`

async function refusal(text: string) {
  const path = join(folder, 'hostile.jsonl')
  writeFileSync(path, Buffer.from(text, 'latin1'))
  const fresh = inlineHost()
  const report = await convert(fresh, [path], {to: 'rdb', output: join(folder, 'no.rdb')})
  fresh.close()
  expect(report.verdict).toBe('unreadable')
  const {code, offset, path: place, severity} = report.stoppedAt!
  expect(severity).toBe('error')
  return {code, offset: offset! - HEAD.length, line: place[0]}
}

describe('hostile lines', () => {
  const at = (code: string, offset: number, line = 'line 2') => ({code, offset, line})

  test.each([
    {name: 'no end', text: KEY('"v"'), ...at('TRUNCATED', 47, 'line 3')},
    {name: 'a line that is cut', text: KEY('"v"').slice(0, 40), ...at('TRUNCATED', 40)},
    {name: 'deep nesting', text: KEY('['.repeat(100_000), 'list'), ...at('JSON_SYNTAX', 41)},
    {name: 'a list of lists', text: KEY('[["a"]]', 'list'), ...at('JSON_SYNTAX', 41)},
    {
      name: 'a huge number',
      text: KEY(`[["a",${'9'.repeat(1000)}]]`, 'zset'),
      ...at('JSON_SYNTAX', 110),
    },
    {name: 'a database out of range', text: '{"db":4294967296,', ...at('JSON_NUMBER', 6)},
    {name: 'bytes that are no UTF-8', text: KEY('"a\xff"'), ...at('JSON_STRING', 44)},
    {
      name: 'a member that is there twice',
      text: KEY('["a","a"]', 'set'),
      ...at('JSON_DUPLICATE', 44),
    },
    {
      name: 'a key that is there twice',
      text: KEY('"v"') + KEY('["a"]', 'set') + END(2),
      ...at('JSON_DUPLICATE', 47, 'line 3'),
    },
    {name: 'a field that is there twice', text: '{"db":0,"db":1,', ...at('JSON_FIELD', 13)},
    {name: 'an unknown field', text: '{"db":0,"ttl":1,', ...at('JSON_FIELD', 8)},
    {
      name: 'a value before its type',
      text: '{"db":0,"key":"k","value":"v"}\n',
      ...at('JSON_FIELD', 26),
    },
    {name: 'an unknown type', text: KEY('1', 'json'), ...at('JSON_FIELD', 25)},
    {name: 'an unknown line', text: '{"hello":1}\n', ...at('JSON_FIELD', 0)},
    {name: 'no base64', text: KEY('{"base64":"A"}'), ...at('JSON_STRING', 52)},
    {
      name: 'a score that is no number',
      text: KEY('[["a","nan"]]', 'zset'),
      ...at('JSON_NUMBER', 46),
    },
    {
      name: 'a text in place of a number',
      text: KEY('[["a",1e]]', 'zset'),
      ...at('JSON_NUMBER', 46),
    },
    {name: 'another count', text: KEY('"v"') + END(2), ...at('JSON_COUNT', 47, 'line 3')},
    {name: 'lines behind the end', text: END(0) + END(0), ...at('JSON_SYNTAX', 19)},
    {name: 'two values', text: KEY('"v","value":"w"'), ...at('JSON_SYNTAX', 45)},
    {
      name: 'entries of a stream that fall',
      text: KEY('{"entries":[["2-0","f","v"],["1-0","f","v"]]', 'stream'),
      ...at('JSON_STREAM', 71),
    },
  ])('$name: $code', async ({text, code, offset, line}) => {
    expect(await refusal(HEAD + text)).toEqual({code, offset, line})
  })

  test('every cut of a file is found', async () => {
    const {output} = await toLines(fixture('redis-7.0.15/small').path)
    const whole = readFileSync(output, 'latin1')
    for (let end = HEAD.length; end < whole.length - 1; end += 97) {
      const {code} = await refusal(whole.slice(0, end))
      expect(code).toBe('TRUNCATED')
    }
  })

  test('one key of thousands that is there twice is found, one of another database is none', async () => {
    const key = (i: number, db = 0) => `{"db":${db},"key":"k${i}","type":"string","value":"v"}\n`
    const lines = Array.from({length: 5000}, (_, i) => key(i)).join('')
    const other = lines + key(17, 1)
    expect(await refusal(HEAD + other + key(4999) + END(5002))).toEqual({
      ...{code: 'JSON_DUPLICATE', offset: other.length, line: 'line 5003'},
    })
    const path = join(folder, 'thousands.jsonl')
    writeFileSync(path, HEAD + other + END(5001))
    const report = await convert(host, [path], {to: 'rdb', output: join(folder, 'thousands.rdb')})
    expect(report).toMatchObject({verdict: 'converted', keys: 5001})
  })

  test('what can be read once only is refused too, without the place', () => {
    const path = join(folder, 'once.jsonl')
    writeFileSync(path, HEAD + KEY('"v"') + KEY('"w"') + END(2))
    const fresh = inlineHost()
    const builder = new ReportBuilder('-', 'deep', 1)
    const source = new JsonlSource(fresh, {path: '-', name: '-'}, builder, fresh.open(path))
    expect(() => source.read(new SeeingSink())).toThrow('a key is there twice')
    fresh.close()
  })

  test('a schema of the future is not guessed at', async () => {
    const text = HEAD.replace('jsonl/1', 'jsonl/2')
    expect((await refusal(text)).code).toBe('UNSUPPORTED')
  })
})

test('a string longer than a part comes in parts, and back', async () => {
  const path = join(folder, 'long.jsonl')
  const long = `${'é'.repeat(1_500_000)}"\\`
  writeFileSync(path, HEAD + KEY(JSON.stringify(long)) + END(1))
  const rdb = join(folder, 'long.rdb')
  await convert(host, [path], {to: 'rdb', output: rdb})
  const {output} = await toLines(rdb)
  const line = JSON.parse(
    readFileSync(output, 'utf8')
      .split('\n')
      .find((each) => each.startsWith('{"db"'))!,
  )
  expect(line.value.parts.length).toBeGreaterThan(1)
  expect(line.value.parts.join('')).toBe(long)
  expect(digestOf(output)).toBe(digestOf(rdb))
})

test('what others write of the same lines is read: blanks, escapes of everything, numbers with exponents', async () => {
  const path = join(folder, 'loose.jsonl')
  const line =
    '{ "db" : 0, "key": "\\u006b", "type": "zset", "value": [ [ "\\ud83d\\ude00", 1.5e1 ] , ["b", "inf"] ] }'
  writeFileSync(path, `${HEAD.replaceAll(':', ': ')}${line}\r\n${END(1).trimEnd()}`)
  const seen = new SeeingSink()
  openDataset(host, path).read(seen)
  const member = Buffer.from('😀').toString('latin1')
  expect(seen.entries).toMatchObject([{key: 'k', type: 'zset'}])
  expect(JSON.stringify(seen.entries[0].value)).toContain('15')
  expect(JSON.stringify(seen.entries[0].value).length).toBeGreaterThan(member.length)
})
