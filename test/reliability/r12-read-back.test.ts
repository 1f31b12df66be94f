/** R12: what a writing command wrote is read back before it counts: a disk that changes or drops a byte is caught every time. */
import {expect, test} from '@jest/globals'
import {budget, figure, TIMEOUT} from '../support/campaign.ts'
import {callsOf, runFaulty} from '../support/fault-runs.ts'
import {WRITING_COMMANDS} from '../support/writing-commands.ts'
import {faultsIn, reference, scene, spread, temporariesIn} from '../support/writing-runs.ts'

const POINTS = budget(2, 1000)

test.each(WRITING_COMMANDS)(
  '$name: a write that lies is always caught',
  async (command) => {
    const wanted = await reference(command)
    const writes = (await callsOf(command)).filter(({name}) => name === 'writeSync')
    const faults: string[] = []
    let runs = 0
    let caught = 0
    for (const call of spread(writes, POINTS)) {
      for (const kind of ['lie', 'drop']) {
        const stage = scene(command)
        const run = await runFaulty(stage.folder, command.args, kind, call)
        runs++
        if (run.code === 30 && /does not hold what was written/.test(run.stderr)) caught++
        const found = [
          ...faultsIn(stage.folder, command, wanted, stage),
          ...temporariesIn(stage.folder),
        ]
        faults.push(...found.map((each) => `${kind} at write ${call.at}: ${each}`))
        stage.remove()
      }
    }
    figure('R12', `${command.name}: ${caught} of ${runs} lying writes caught`)
    expect({caught, faults}).toEqual({caught: runs, faults: []})
    expect(runs).toBeGreaterThan(0)
  },
  TIMEOUT,
)
