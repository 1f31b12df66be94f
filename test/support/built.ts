/**
 * Fixtures for what no server at hand writes, built from the layouts of the format. scripts/fixtures/build.js writes them
 * to test/fixtures/built, each with its truth beside it.
 */
import {BUILT_DRAGONFLY} from './built-dragonfly.ts'
import {BUILT_FORKS} from './built-forks.ts'
import {BUILT_NEWEST} from './built-newest.ts'
import {BUILT_OLD} from './built-old.ts'
import {BUILT_STREAMS} from './built-streams.ts'
import type {BuiltFixture} from './truth.ts'

export const BUILT: readonly BuiltFixture[] = [
  ...BUILT_OLD,
  ...BUILT_STREAMS,
  ...BUILT_NEWEST,
  ...BUILT_FORKS,
  ...BUILT_DRAGONFLY,
]

/** What lies beside a built file: how it is described and what it holds. */
export const truthText = ({about, truth}: BuiltFixture): string =>
  `${JSON.stringify({about, ...truth}, null, 1)}\n`
