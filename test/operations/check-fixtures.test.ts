/** `check` on every file that a real server wrote, and on every one built by hand. */
import {readFileSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import {rdbFixtures, truthRows} from '../support/fixtures.ts'
import {kernel} from '../support/kernel.ts'
import {checkBytes, memoryHost} from '../support/memory-host.ts'

const host = memoryHost(kernel)
/** Release candidates wrote what no released server reads; it is still sound. */
const EXPECTED = new Set(['sound'])

test.each(rdbFixtures().map((fixture) => [fixture.name, fixture] as const))(
  '%s is sound, and has the keys of its truth',
  (_, fixture) => {
    const report = checkBytes(host, readFileSync(fixture.path))
    expect(report.findings.filter(({severity}) => severity !== 'note')).toEqual([])
    expect(EXPECTED.has(report.verdict)).toBe(true)
    // Servers before 4.0 leave expired keys out of the file.
    const written = Number.parseInt(fixture.meta.version, 10) >= 4
    const expired = written ? (fixture.entry.expiredKeysInFile?.length ?? 0) : 0
    expect(report.keys).toBe(fixture.entry.keys + expired)
    const types: Record<string, Record<string, number>> = {}
    for (const {db, type} of truthRows(fixture)) {
      types[db] ??= {}
      const name = type === 'vectorset' ? 'module' : type
      types[db][name] = (types[db][name] ?? 0) + 1
    }
    if (expired > 0) return
    const seen = Object.entries(report.databases).map(([db, counts]) => [db, counts.types])
    expect(Object.fromEntries(seen)).toEqual(types)
  },
)
