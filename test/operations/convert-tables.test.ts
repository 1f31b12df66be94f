/** Documents and tables say what the truth beside a fixture says. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {DuckDBInstance} from '@duckdb/node-api'
import {afterAll, afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {convert} from '../../src/operations/convert.ts'
import type {ConvertOptions} from '../../src/operations/convert-options.ts'
import {partitionOf} from '../../src/operations/parquet-rows.ts'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'
import {fixture, type Row, truthRows} from '../support/fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-tables-'))
const output = join(folder, 'out')
let host = inlineHost()

beforeEach(() => rmSync(output, {recursive: true, force: true}))
afterEach(() => {
  host.close()
  host = inlineHost()
})
afterAll(() => rmSync(folder, {recursive: true}))

const DROP = ['functions', 'hash-field-ttl']
const write = (input: string, options: Partial<ConvertOptions> & Pick<ConvertOptions, 'to'>) =>
  convert(host, [input], {output, drop: DROP, ...options})

const raw = (base64: string): Buffer => Buffer.from(base64, 'base64')

/** Bytes as a document has them: what is no UTF-8 as lone surrogates. */
function surrogates(blob: Buffer): string {
  let text = ''
  for (let at = 0; at < blob.length; ) {
    const size = [1, 2, 3, 4].find((n) => {
      const part = blob.subarray(at, at + n)
      return part.length === n && Buffer.from(part.toString('utf8')).equals(part)
    })
    text += size ? blob.toString('utf8', at, at + size) : String.fromCharCode(0xdc00 | blob[at])
    at += size ?? 1
  }
  return text
}
const shown = (base64: string): string => surrogates(raw(base64))

const SORTED = ['set']
const byText = (a: unknown, b: unknown) => (String(a) < String(b) ? -1 : 1)

function documentValue({type, value}: Row): unknown {
  if (type === 'string') return shown(value as string)
  const items = value as (string | [string, string])[]
  if (type === 'list' || type === 'set') {
    const list = items.map((item) => shown(item as string))
    return SORTED.includes(type) ? list.sort(byText) : list
  }
  const pairs = items.map(([name, second]) => [
    shown(name),
    type === 'zset' ? score(second) : shown(second),
  ])
  return Object.fromEntries(pairs)
}
const score = (text: string): unknown => (/inf/.test(text) ? text : Number(text))

describe.each(['redis-7.0.15/small', 'redis-7.4.1/small', 'redis-2.8.24/small'])('%s', (name) => {
  const each = fixture(name)
  const rows = truthRows(each)

  test('json has an object for each database, with the values that the server said', async () => {
    const report = await write(each.path, {to: 'json'})
    expect(report.verdict).toBe('converted')
    const databases: Record<string, unknown>[] = JSON.parse(readFileSync(output, 'utf8'))
    expect(databases).toHaveLength(new Set(rows.map(({db}) => db)).size)
    const numbers = [...new Set(rows.map(({db}) => db))].sort((a, b) => a - b)
    const plain = rows.filter(({type}) => !['stream', 'module', 'array'].includes(type))
    for (const row of plain) {
      const found = databases[numbers.indexOf(row.db)][shown(row.key)]
      const value = row.type === 'set' ? [...(found as string[])].sort(byText) : found
      expect(value).toEqual(documentValue(row))
    }
  })

  test('csv has a row for each key', async () => {
    await write(each.path, {to: 'csv'})
    const [head, ...lines] = readCsv(readFileSync(output, 'utf8'))
    expect(head.join()).toBe('db,key,type,encoding,expires_at_ms,idle_seconds,freq,elements,bytes')
    const seen = lines.map(([db, key, type, , expires]) => [db, key, type, expires].join(' '))
    const wanted = rows.map(({db, key, type, expireAtMs}) =>
      [db, cell(raw(key)), type, expireAtMs ?? ''].join(' '),
    )
    expect(seen.sort()).toEqual(wanted.sort())
  })

  test('csv --elements has a row for each element', async () => {
    await write(each.path, {to: 'csv', elements: true})
    const [, ...lines] = readCsv(readFileSync(output, 'utf8'))
    for (const row of rows) {
      const own = lines.filter(([db, key]) => db === String(row.db) && key === cell(raw(row.key)))
      if (row.type === 'hash') {
        const pairs = (row.value as [string, string][]).map(
          ([f, v]) => `${cell(raw(f))} ${cell(raw(v))}`,
        )
        expect(own.map(([, , , , field, value]) => `${field} ${value}`).sort()).toEqual(
          pairs.sort(),
        )
      } else if (row.type === 'list') {
        const items = (row.value as string[]).map((item, i) => `${i} ${cell(raw(item))}`)
        expect(own.map(([, , , index, , value]) => `${index} ${value}`)).toEqual(items)
      } else if (row.type === 'string') {
        expect(own.map(([, , , , , value]) => value)).toEqual([cell(raw(row.value as string))])
      }
    }
  })

  test('parquet is read by DuckDB, with as many rows as there are keys and elements', async () => {
    const report = await write(each.path, {to: 'parquet', elements: true})
    expect(report.files.length).toBe(2 * Object.keys(report.databases).length)
    const [keys] = await ask(`select count(*) n, sum(elements)::int e, count(distinct db)::int d,
      any_value(source) s from read_parquet('${output}/keys/**/*.parquet', hive_partitioning=true)`)
    expect(Number(keys.n)).toBe(report.keys)
    expect(keys.d).toBe(Object.keys(report.databases).length)
    expect(keys.s).toBe('small.rdb')
    const byType = await ask(`select db, type, count(*)::int n from
      read_parquet('${output}/keys/**/*.parquet', hive_partitioning=true) group by all`)
    for (const {db, type, n} of byType) {
      expect(report.databases[String(db)].types[String(type)]).toBe(n)
    }
    const hash = await ask(`select key, field, value from
      read_parquet('${output}/elements/**/*.parquet') where type = 'hash'`)
    const wanted = rows
      .filter(({type}) => type === 'hash')
      .flatMap(({key, value}) =>
        (value as [string, string][]).map((pair) =>
          [key, pair[0], pair[1]].map((b) => text(raw(b))).join(),
        ),
      )
    expect(hash.map((row) => [row.key, row.field, row.value].join()).sort()).toEqual(wanted.sort())
  })
})

async function ask(query: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(query)).getRowObjectsJS()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Bytes as tables have them. */
function text(blob: Buffer): string {
  const isText = Buffer.from(blob.toString('utf8')).equals(blob)
  return isText ? blob.toString('utf8') : `base64:${blob.toString('base64')}`
}
const cell = (blob: Buffer): string => text(blob).replace(/^[=+\-@\t\r\n']/, "'$&")

/** RFC 4180. */
function readCsv(whole: string): string[][] {
  expect(whole.endsWith('\r\n')).toBe(true)
  const rows: string[][] = []
  let row: string[] = []
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (const [, quoted, bare, end] of whole.matchAll(pattern)) {
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  expect(row).toEqual([])
  return rows
}

describe('hostile texts', () => {
  const HOSTILE = [
    '=HYPERLINK("http://x","y")',
    '+1',
    '-2',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    "'=1",
    'a"b,c\r\nd',
    'base64:QQ==',
    '\xff=1',
    '',
    '\x1b[2J',
    '</script>',
  ]
  const log = join(folder, 'hostile.aof')
  const blobs = HOSTILE.map((name) => Buffer.from(name, 'latin1'))
  writeFileSync(log, bytes(...blobs.map((name) => record('HSET', name, name, name))))

  test('no cell begins a formula, and every text can be told from all others', async () => {
    await write(log, {to: 'csv', elements: true})
    const [, ...lines] = readCsv(readFileSync(output, 'latin1'))
    expect(lines).toHaveLength(HOSTILE.length)
    const texts = new Set<string>()
    for (const [, key, , , field, value] of lines) {
      expect(key).not.toMatch(/^[=+\-@\t\r\n]/)
      expect([field, value]).toEqual([key, key])
      texts.add(key)
    }
    expect(texts.size).toBe(HOSTILE.length)
    expect(texts).toContain('\'=HYPERLINK("http://x","y")')
    expect(texts).toContain('base64:/z0x')
    expect(texts).toContain('base64:YmFzZTY0OlFRPT0=')
  })

  test('json tells them apart, too', async () => {
    await write(log, {to: 'json'})
    const [database] = JSON.parse(readFileSync(output, 'utf8'))
    expect(Object.keys(database).sort()).toEqual(blobs.map(surrogates).sort())
  })

  test.each([
    ['/backups/dump.rdb', 'dump.rdb'],
    ['-', 'stdin'],
    ['a/b=c d/', 'b%3Dc%20d'],
    ['x/..%2f', '..%252f'],
  ])('the partition of %s is %s', (input, name) => {
    expect(partitionOf(input)).toBe(name)
  })
})

test.each(['json', 'csv', 'parquet'] as const)(
  '%s refuses what it cannot hold, unless it may go',
  async (to) => {
    const {path} = fixture('redis-7.0.15/small')
    const report = await write(path, {to, drop: []})
    expect(report).toMatchObject({
      verdict: 'refused',
      reason: `${to} cannot hold function libraries`,
    })
    expect(await write(path, {to})).toMatchObject({verdict: 'converted', keys: 19})
  },
)

test('an input without keys gives an empty document and tables without rows', async () => {
  const {path} = fixture('redis-7.0.15/empty')
  await write(path, {to: 'json'})
  expect(readFileSync(output, 'utf8')).toBe('[]\n')
  rmSync(output)
  await write(path, {to: 'parquet'})
  const [row] = await ask(`select count(*)::int n from read_parquet('${output}/keys/**/*.parquet')`)
  expect(row.n).toBe(0)
})

test('a directory that is there is left alone', async () => {
  const {path} = fixture('redis-7.0.15/small')
  await write(path, {to: 'parquet'})
  await expect(write(path, {to: 'parquet', force: true})).rejects.toMatchObject({
    code: 'OUTPUT_EXISTS',
  })
})
