import {describe, expect, test} from '@jest/globals'
import type {InfoReport} from '../../src/operations/reports.ts'
import {PLAIN} from '../../src/ui/color.ts'
import {infoLines} from '../../src/ui/info-text.ts'
import {finding, HOSTILE, infoReport, RAW} from '../support/reports.ts'

const text = (report: InfoReport) =>
  infoLines(report, {paint: PLAIN, verbose: false, exactBytes: false})

describe('the text of info', () => {
  test('says who wrote a file, when, and what it holds', () => {
    const replication = {id: 'a'.repeat(40), offset: '12345', streamDb: 0}
    expect(text(infoReport({replication, modules: [{name: 'bf', version: 2}]}))).toEqual([
      'dump.rdb: RDB snapshot, RDB version 10',
      '  size         87.9 KiB',
      '  written by   redis 7.0.15, 64 bit',
      '  created      2026-06-01T03:00:00Z',
      '  memory then  1.2 MiB',
      `  replication  id ${'a'.repeat(40)}, offset 12345, db 0`,
      '  checksum     present (check verifies it)',
      '  holds        18,230 keys, 7 with an expiry',
      '  modules      bf (version 2)',
      '  db    keys  expires  string',
      '   0  18,230        7  18,230',
      '',
      '1 AUX field:',
      '  redis-ver  7.0.15',
    ])
  })

  test('says which file a server would load, and where reading stopped', () => {
    const lines = text(
      infoReport({
        kind: 'aof-set',
        layout: ['appendonlydir wins: appendonly is yes'],
        aux: [],
        stoppedAt: finding({path: []}),
      }),
    )
    expect(lines).toContain('appendonlydir wins: appendonly is yes')
    expect(lines.at(-2)).toBe(
      'dump.rdb: offset 71234 (0x11642): key "user:42" (db 0, record 18,205): claims 812 bytes, 640 are left [RDB_LISTPACK]',
    )
  })

  test.each(HOSTILE)('lets no raw character of %j through, wherever it stands', (name) => {
    const report = infoReport({
      input: name,
      producer: name,
      createdAt: name,
      aux: [{name, value: name}],
      replication: {id: name, offset: name, streamDb: 0},
      functions: [name],
      modules: [{name, version: 1}],
      layout: [name],
    })
    for (const line of text(report)) {
      expect(line).not.toMatch(RAW)
      expect(line).not.toContain('\n')
    }
  })
})
