/** How the program behaves towards the shell, cron and the terminal: streams, signals, environment. */
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {bytes} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {ROOT} from '../support/fixtures.ts'

const RUN = join(ROOT, 'bin/run.js')
const EMPTY = bytes('REDIS0003', [0xff])
let folder: string
let file: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-process-'))
  file = join(folder, 'empty.rdb')
  writeFileSync(file, EMPTY)
})
afterAll(() => rmSync(folder, {recursive: true}))

/** Run a bash line in which `respite` is the program. */
function shell(line: string, env: Record<string, string> = {}) {
  const script = `respite() { '${process.execPath}' '${RUN}' "$@"; }; ${line}`
  const {PATH = ''} = process.env
  return spawnSync('bash', ['--norc', '-c', script], {encoding: 'utf8', env: {PATH, ...env}})
}

describe('the program', () => {
  test('stops quietly when its reader leaves', () => {
    const many = `$(for i in {1..3000}; do echo '${file}'; done)`
    const {stdout, stderr} = shell(
      `respite check --json ${many} | head -n 1; echo \${PIPESTATUS[0]}`,
    )
    expect(stdout.split('\n')).toEqual([expect.stringMatching(/^\{"schema"/), '141', ''])
    expect(stderr).toBe('')
  })

  test('says so when its output cannot be written', () => {
    const {stderr, status} = shell(`respite check '${file}' > /dev/full`)
    expect({stderr, status}).toEqual({
      stderr: 'respite: standard output: the disk is full\n',
      status: 30,
    })
  })

  test('runs in cron: stdin closed, LANG=C, no HOME, no TERM', () => {
    const {stdout, stderr, status} = shell(`respite check -q '${file}' <&-`, {LANG: 'C'})
    expect({stdout, stderr, status}).toEqual({stdout: '', stderr: '', status: 0})
  })

  test('runs what was built, whatever NODE_ENV says', async () => {
    const {stderr, code} = await respite(['check', '-q', file], {env: {NODE_ENV: 'development'}})
    expect({stderr, code}).toEqual({stderr: '', code: 0})
  })

  test('colours its output when told to, and only then', async () => {
    const plain = await respite(['check', file])
    const colored = await respite(['check', '--color=always', file])
    expect(plain.stdout).not.toContain('\x1b')
    expect(colored.stdout).toContain('\x1b[32msound')
  })

  test('helps', async () => {
    const {stdout, code} = await respite(['check', '--help'])
    expect(code).toBe(0)
    const [, examples] = stdout.split('EXAMPLES')
    expect(examples.match(/respite check/g)).toHaveLength(3)
    expect((await respite(['--version'])).stdout).toMatch(/^respite\/\d+\.\d+\.\d+ /)
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('tells its progress when asked, and ends on %s with %d', async (signal, status) => {
    const child = spawn(process.execPath, [RUN, 'check', '--progress=json', '-'])
    const closed = once(child, 'close')
    let printed = ''
    child.stdout.on('data', (chunk) => (printed += chunk))
    child.stdin.write(EMPTY)
    // stdin stays open, so the run waits; the first line comes when it does.
    const [first] = await once(child.stderr, 'data')
    expect(JSON.parse(String(first).split('\n')[0])).toMatchObject({
      schema: 'respite.progress/1',
      input: '-',
    })
    child.kill('SIGUSR1')
    await once(child.stderr, 'data')
    child.kill(signal)
    const [code] = await closed
    expect({code, printed}).toEqual({code: status, printed: ''})
  })
})
