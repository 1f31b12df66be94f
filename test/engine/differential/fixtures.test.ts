/** Streams on which the engine and a server once disagreed, shrunk: test/fixtures/streams. */
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {FIXTURES} from '../../support/fixtures.ts'
import {serverProgram} from '../../support/server.ts'
import {ReplayingEngine} from './engine-side.ts'
import {LoggingServer} from './sides.ts'
import {disagreements} from './trial.ts'
import type {Words} from './words.ts'

interface KeptStream {
  /** What was typed ends alike, too: nothing in it is up to chance, the clock or a script. */
  typed: boolean
  /** One character per byte. */
  commands: Words[]
}

const FOLDER = join(FIXTURES, 'streams')

const describeWithServer = serverProgram() ? describe : describe.skip

describeWithServer('streams that were kept', () => {
  const server = new LoggingServer()
  const engine = new ReplayingEngine()

  afterAll(() => server.stop())

  test.each(readdirSync(FOLDER).sort())('%s', async (name) => {
    const {typed, commands}: KeptStream = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))
    expect(await disagreements({server, engine, typed}, commands)).toEqual([])
  })
})
