/** Which commands the flags of `log` choose, also where runs step over the others. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {type LogFlags, logOptions} from '../../src/operations/log-settings.ts'
import {record} from '../support/aof.ts'
import {bytes, type Part} from '../support/bytes.ts'
import {listLog} from '../support/log.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-filter-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

function put(name: string, ...parts: Part[]): string {
  const path = join(folder, name)
  writeFileSync(path, bytes(...parts))
  return path
}

const LOG = bytes(
  '#TS:1000000000\r\n',
  record('SELECT', '0'),
  record('SET', 'user:1', 'a'),
  record('MULTI'),
  record('MSET', 'user:2', 'b', 'item:1', 'c'),
  record('EXEC'),
  '#TS:1000000060\r\n',
  record('SELECT', '3'),
  record('SUNIONSTORE', 'item:all', 'user:1', 'user:2'),
  record('del', 'item:1'),
  record('COPY', 'user:9', 'user:8', 'DB', '0'),
  '#TS:1000000120\r\n',
  record('FLUSHDB'),
  record('SELECT', '0'),
  record('RENAME', 'user:2', 'user:3'),
  record('FLUSHALL'),
)

test.each<[Partial<LogFlags>, number[]]>([
  [{command: 'set,RENAME'}, [2, 12]],
  [{command: 'FLUSHALL'}, [13]],
  [{command: 'SELECT'}, [1, 6, 11]],
  [{command: 'MULTI,EXEC'}, [3, 5]],
  [{db: 3}, [6, 7, 8, 9, 10, 13]],
  [{db: 0}, [1, 2, 3, 4, 5, 9, 11, 12, 13]],
  [{db: 3, command: 'DEL'}, [8]],
  [{key: 'user:2'}, [4, 7, 10, 12, 13]],
  [{key: '"user:\\x32"'}, [4, 7, 10, 12, 13]],
  [{key: 'user:2', db: 0}, [4, 12, 13]],
  [{match: 'user:*'}, [2, 4, 7, 9, 12]],
  [{match: 'item:?'}, [4, 8]],
  [{'writes-to': 'item:'}, [4, 7, 8, 10, 13]],
  [{'writes-to': 'user:8'}, [9, 10, 13]],
  [{'writes-to': '*:9'}, [10, 13]],
  [{since: '1000000060'}, [6, 7, 8, 9, 10, 11, 12, 13]],
  [{until: '2001-09-09T01:47:00Z'}, [1, 2, 3, 4, 5]],
  [{since: '2001-09-09 01:47:30', until: '2001-09-09T03:47:50+02:00'}, [6, 7, 8, 9]],
  [{limit: 3}, [1, 2, 3]],
  [{tail: 2}, [12, 13]],
  [{match: 'user:*', tail: 2}, [9, 12]],
])('%j lists %j', (flags, numbers) => {
  const options = logOptions(
    '-',
    {json: true, values: false, follow: false, stats: false, ...flags},
    0,
  )
  for (const slotSize of [0x100000, 64]) {
    const {rows, report} = listLog(put('filters.aof', LOG), options, slotSize)
    expect(rows.map(({number}) => number)).toEqual(numbers)
    expect(report.listed).toBeGreaterThanOrEqual(numbers.length)
  }
})
