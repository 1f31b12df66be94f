/** R13 and R22 for the commands that write: inputs stay as they are, in success and failure; the same input gives the same bytes. */
import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import {figure} from '../support/campaign.ts'
import {WRITING_COMMANDS, type WritingCommand, writingCommand} from '../support/writing-commands.ts'
import {isTemporary, runIn, type Scene, scene, treeOf} from '../support/writing-runs.ts'

/** What happened to inputs that the command is not to replace, and whether a replaced one is still there under another name. */
function changesOf({folder, before}: Scene, command: WritingCommand): string[] {
  const now = treeOf(folder)
  // Both: the inode of a file that is gone may be given to another.
  const there = new Set([...now.values()].map(({inode, sha256}) => `${inode} ${sha256}`))
  return [...before].flatMap(([name, was]) => {
    const is = now.get(name)
    const same = is?.inode === was.inode && is.sha256 === was.sha256
    if (same) return []
    if (!command.replaces?.test(name)) return [`${name} was changed`]
    const isKept = !command.args.includes('--in-place') || there.has(`${was.inode} ${was.sha256}`)
    return isKept ? [] : [`${name} is nowhere any more`]
  })
}

test.each(WRITING_COMMANDS)(
  '$name leaves its inputs alone, also when it fails',
  async (command) => {
    const changes: string[] = []
    const codes: (number | null)[] = []
    const run = async (stage: Scene, args: readonly string[]) => {
      codes.push((await runIn(stage.folder, args)).code)
      changes.push(...changesOf(stage, command))
    }
    const sound = scene(command)
    await run(sound, command.args)
    await run(sound, command.args)
    sound.remove()
    for (const failing of [
      ['--config', 'no-such-file.conf'],
      ['--no-such-flag'],
      ['--progress=json', '--json', '--verbose'],
    ]) {
      const stage = scene(command)
      await run(stage, [...command.args, ...failing])
      stage.remove()
    }
    // Nothing of it can be read.
    const broken = scene(command)
    const [input] = broken.before.keys()
    writeFileSync(join(broken.folder, input), new Uint8Array(4096).fill(0xee))
    const unreadable = {...broken, before: treeOf(broken.folder)}
    await run(unreadable, command.args)
    broken.remove()
    figure(
      'R13',
      `${command.name}: ${codes.length} runs (exit ${codes}), ${changes.length} changes`,
    )
    expect(changes).toEqual([])
  },
)

/** Files by name and bytes, without times. */
function bytesOf(folder: string): [string, string][] {
  return [...treeOf(folder)]
    .map(([name, {sha256}]): [string, string] => [name.replace(/\d{8}T\d{6}Z/, 'STAMP'), sha256])
    .filter(([name]) => !isTemporary(name))
}

const plain = (stdout: string): string =>
  stdout.replace(/\d{8}T\d{6}Z/g, 'STAMP').replace(/"\w*(?:[tT]ime|At|Ms)":("[^"]*"|[\d.]+)/g, '""')

test.each(WRITING_COMMANDS)('$name writes and says the same every time', async (command) => {
  const results: unknown[] = []
  for (let nth = 0; nth < 3; nth++) {
    const {folder, remove} = scene(command)
    const {stdout, code} = await runIn(folder, [...command.args, '--json'])
    results.push({files: bytesOf(folder), stdout: plain(stdout), code})
    remove()
  }
  figure(
    'R22',
    `${command.name}: 3 runs, ${new Set(results.map((r) => JSON.stringify(r))).size} result`,
  )
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
})

const STAMP = '20261120T193000Z'

test.each([
  {what: 'a log', row: 'repair --in-place of a log', input: 'log.aof', output: 'out.aof'},
  {what: 'a set', row: 'repair -o of a set', input: 'data', output: 'out'},
])('repair of $what gives the same inline and in a worker', async ({what, row, input, output}) => {
  const {folder, remove} = scene(writingCommand(row))
  const results: unknown[] = []
  for (const mode of ['inline', 'worker'] as const) {
    const options = {output: join(folder, output), stamp: STAMP}
    const report = await runOperation('repair', [join(folder, input)], options, {mode})
    results.push({report, files: bytesOf(folder)})
    for (const [name] of bytesOf(folder)) {
      if (name.startsWith('out')) rmSync(join(folder, name))
    }
    rmSync(join(folder, output), {recursive: true, force: true})
  }
  remove()
  figure(
    'R22',
    `repair of ${what}: inline and worker, ${new Set(results.map((r) => JSON.stringify(r))).size} result`,
  )
  expect(results[1]).toEqual(results[0])
})
