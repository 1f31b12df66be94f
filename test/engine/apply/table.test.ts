import {expect, test} from '@jest/globals'
import {APPLIES} from '../../../src/engine/apply/table.ts'
import {COMMANDS} from '../../../src/engine/commands/table.ts'

/** Write commands that steer a server and change no key, or that no log holds. */
const NOT_REPLAYED = new Set([
  // What these leave in a log is not known.
  ...['HIMPORT', 'GCRA'],
  ...['MIGRATE', 'DEBUG', 'SYNC', 'PSYNC', 'CLUSTER', 'TRIMSLOTS', 'SFLUSH', 'BITFIELD_RO'],
])

test('every write command has a function, and every function a row', () => {
  const names = new Set(COMMANDS.map(({name}) => name))
  expect([...APPLIES.keys()].filter((name) => !names.has(name))).toEqual([])
  const missing = COMMANDS.filter(
    ({name, flags}) => flags.has('write') && !APPLIES.has(name) && !NOT_REPLAYED.has(name),
  )
  expect(missing.map(({name}) => name)).toEqual([])
})
