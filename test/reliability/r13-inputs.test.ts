/** R13: inputs are never changed. Inode, size, mode, time of change and sha256 of all of them, before and after. */
import {createHash} from 'node:crypto'
import {lstatSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from '@jest/globals'
import {respite} from '../support/cli.ts'
import {FIXTURES, listFixtures} from '../support/fixtures.ts'

function stateOf(folder: string): string[] {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const {ino, size, mode, mtimeMs, ctimeMs} = lstatSync(path)
      const isFile = lstatSync(path).isFile()
      const sha256 = isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
      return [name, ino, size, mode, mtimeMs, ctimeMs, sha256].join(' ')
    })
}

const built = readdirSync(join(FIXTURES, 'built'))
  .filter((name) => name.endsWith('.rdb'))
  .map((name) => join(FIXTURES, 'built', name))
const inputs = [...listFixtures().map(({path}) => path), ...built]

test.each([['check'], ['check', '--framing', '--json'], ['info'], ['info', '--json']])(
  '%s %s leaves every input as it was',
  async (...args) => {
    const before = stateOf(FIXTURES)
    const run = await respite([...args, ...inputs])
    const after = stateOf(FIXTURES)
    process.stdout.write(
      `R13 ${args.join(' ')}: ${inputs.length} inputs, ${before.length} files and folders unchanged, exit ${run.code}\n`,
    )
    expect(run.stdout.length).toBeGreaterThan(inputs.length * 20)
    expect(after).toEqual(before)
  },
)
