/** Logs of all servers at hand: whatever is taken out or cut off, what came before stays as it was. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {figure, TIMEOUT} from '../support/campaign.ts'
import {listFixtures} from '../support/fixtures.ts'
import {rewind, undo, undoList} from '../support/log-set.ts'

const root = mkdtempSync(join(tmpdir(), 'respite-undo-fixtures-'))
afterAll(() => rmSync(root, {recursive: true}))
const logs = listFixtures().filter(({path}) => /\/aof-small-(raw|multi|ts)$/.test(path))

/** The bytes of the log that was changed. */
function logOf(folder: string): Buffer {
  if (statSync(folder).isFile()) return readFileSync(folder)
  const name = readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter((each) => /(incr\.aof|appendonly\.aof)$/.test(each))
    .sort()
    .at(-1)
  return readFileSync(join(folder, name!))
}

test(
  'every command, one at a time',
  async () => {
    let done = 0
    const wrong: unknown[] = []
    for (const [i, {path}] of logs.entries()) {
      const {commands} = await undoList(path, {minKeys: 0})
      for (let n = 2; n <= commands; n += 7) {
        const output = join(root, `${i}-${n}`)
        const options = {output, discard: true}
        const report = await undo(path, {at: `#${n}`}, options).catch((error) => error)
        // A SELECT, or the words around a transaction.
        if (report.code === 'POINT') continue
        const [{offset}] = report.undone
        const same = logOf(output).subarray(0, offset).equals(logOf(path).subarray(0, offset))
        if (!same || report.proof.sameBefore === false) wrong.push([path, n])
        const cut = await rewind(path, `before:#${n}`, {output: `${output}.cut`, discard: true})
        if (cut.proof?.same === false) wrong.push([path, n, 'cut'])
        done++
      }
    }
    figure('undo, rewind', `${done} commands of ${logs.length} logs, ${wrong.length} wrong`)
    expect(wrong).toEqual([])
    expect(done).toBeGreaterThan(200)
  },
  TIMEOUT,
)
