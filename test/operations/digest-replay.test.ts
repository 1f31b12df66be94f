/** Logs replayed on the embedded engine end in what a server had: its DEBUG DIGEST, key by key. */
import {expect, test} from '@jest/globals'
import type {DigestServer} from '../../src/engine/digest/rules.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {createInlineHost} from '../../src/io/inline-host.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {Inputs} from '../../src/io/open-input.ts'
import {digest} from '../../src/operations/digest.ts'
import {aofFixtures, type Fixture} from '../support/fixtures.ts'

const host = createInlineHost(createKernel(loadKernelModule()), new Inputs(), 1e9, 0x100000)

/** Whose rules the truth was made with: a log alone does not say. */
function serverOf({meta}: Fixture): DigestServer {
  const [major, minor] = meta.version.split('.').map(Number)
  if (meta.server === 'valkey') return 'valkey'
  if (major >= 8) return '8'
  if (major === 7) return minor >= 4 ? '7.4' : minor >= 2 ? '7.2' : '7.0'
  return '6.2'
}

/** Logs that only a server can replay: scripts as they were called, before 5.0; commands of the vector set module. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^redis-[234]\./, 'EVAL'],
  [/^redis-8.*\/aof-(full-rdbbase|small-(multi|raw|ts|ts-aofbase))$/, 'VADD'],
]
/** Servers before 7.0 keep the sign of a zero score in a small sorted set, the engine does as 7.0: one key differs. */
const NEGATIVE_ZERO = /^redis-[56].*aof-full/

test.each(aofFixtures().map((fixture) => [fixture.name, fixture] as const))(
  '%s has the digest of its server',
  (_, fixture) => {
    const report = digest(host, [fixture.path], {server: serverOf(fixture)})
    const reason = REFUSED.find(([pattern]) => pattern.test(fixture.name))?.[1]
    if (reason !== undefined) {
      expect(report.stoppedAt).toMatchObject({code: 'UNSUPPORTED', offset: expect.any(Number)})
      expect(report.stoppedAt?.message).toContain(reason)
      return
    }
    expect(report.stoppedAt).toBeNull()
    expect(report.keys).toBe(fixture.entry.keys)
    if (!NEGATIVE_ZERO.test(fixture.name)) expect(report.digest).toBe(fixture.entry.digest)
  },
)
