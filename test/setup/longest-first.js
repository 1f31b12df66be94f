// The order of suites. Where jest has no times of an earlier run, as in a fresh clone, it goes by the size of the files: a campaign in a
// short file then runs last, alone, while the other core has nothing to do.
import {relative} from 'node:path'
import Sequencer from '@jest/test-sequencer'

/** Longest first. */
const LONGEST = [
  'reliability/bit-flips',
  'reliability/r11-disk-errors',
  'reliability/mutants',
  'reliability/cuts',
  'reliability/r10-kills',
  'reliability/salvage',
  'reliability/r12-read-back',
  'formats/rdb/writer-server',
  'reliability/r18-secrets',
  'reliability/r13-writers',
  'reliability/r24-planted',
  'engine/differential/differential',
  'reliability/fast-path',
  'reliability/r6-aof-middle',
  'reliability/r5-aof-cuts',
  'reliability/r7-restore',
  'operations/repair-server',
  'operations/undo-server',
  'operations/convert-server',
  'operations/convert-fixtures',
  'reliability/undo-fixtures',
  'reliability/blocks',
  'reliability/no-checksum',
  'engine/apply/streams',
  'formats/rdb/fixtures',
]

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({path, context}) => {
      const name = relative(context.config.rootDir, path).replace(/^test\/|\.test\.ts$/g, '')
      const index = LONGEST.indexOf(name)
      return index < 0 ? LONGEST.length : index
    }
    return super.sort(tests).sort((a, b) => rank(a) - rank(b))
  }
}
