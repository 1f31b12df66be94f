// An operation for tests: takes the second of two pieces, when another thread has the first. Options: `ending`, how that one ends.
import {Turns} from '../../../dist/io/turns.js'

export function takeTurns(host, _, {ending, turns: shared}) {
  const turns = new Turns(shared ?? 2)
  if (shared !== undefined) return endWithPiece(turns, ending)
  const wait = host.beside.start(import.meta.url, [], {ending, turns: turns.shared})
  const claimed = new Int32Array(turns.shared)
  while (Atomics.load(claimed, 0) === 0) host.pause(1)
  try {
    return {start: turns.startOf(turns.claim())}
  } catch (error) {
    if (error.name !== 'GivenUp') throw error
    return {other: wait()}
  }
}

function endWithPiece(turns, ending) {
  const piece = turns.claim()
  if (ending === 'exit') process.exit(7)
  if (ending === 'throw') throw new TypeError('on purpose')
  turns.end(piece, 4096)
}
