/** R24: the tests themselves. Bugs are planted in a copy of the sources one by one, and each is caught by the row that should. */
import {execFileSync, spawnSync} from 'node:child_process'
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {budget, figure, TIMEOUT} from '../support/campaign.ts'
import {ROOT} from '../support/fixtures.ts'

interface Bug {
  readonly what: string
  readonly row: string
  readonly file: string
  /** Stands in the file once. */
  readonly right: string
  readonly wrong: string
  /** The test file of the row, and which of its tests. */
  readonly tests: string
  readonly only: string
}

const R10 = 'reliability/r10-kills'
const R11 = 'reliability/r11-disk-errors'

/** The quick ones last: those are what each push has time for. */
const BUGS: readonly Bug[] = [
  {
    what: 'the checksum is not looked at',
    row: 'R1',
    file: 'formats/rdb/reader.ts',
    right: "if (this.checksum === 'off' || !this.verifyChecksum) return",
    wrong: 'if (c.high >= 0 || c.high < 0) return',
    tests: 'reliability/bit-flips',
    only: 'redis-7.0.15',
  },
  {
    what: 'a cut leaves the MULTI before it',
    row: 'R5',
    file: 'operations/log-cuts.ts',
    right: 'start: open ? open.offset : start,',
    wrong: 'start,',
    tests: 'reliability/r5-aof-cuts',
    only: '',
  },
  {
    what: 'a cut that is off by one',
    row: 'R5',
    file: 'operations/log-cuts.ts',
    right: 'if (this.fixOffset < 0) this.fixOffset = offset',
    wrong: 'if (this.fixOffset < 0) this.fixOffset = offset + 1',
    tests: 'reliability/r5-aof-cuts',
    only: '',
  },
  {
    what: 'temporaries of dead runs stay',
    row: 'R10',
    file: 'io/replace-file.ts',
    right: '  removeStale(disk, target)\n',
    wrong: '',
    tests: R10,
    only: 'repair --in-place of a log',
  },
  {
    what: 'a set is filled under its own name',
    row: 'R10',
    file: 'io/publish-set.ts',
    right: '  const temp = temporaryOf(directory)\n',
    wrong: '  const temp = directory\n',
    tests: R10,
    only: 'repair -o of a set',
  },
  {
    what: 'no fsync of the directory',
    row: 'R10',
    file: 'io/replace-file.ts',
    right: '  syncDirectory(disk, dirname(target))\n',
    wrong: '',
    tests: 'io/replace-file',
    only: 'syncs the file before its new name',
  },
  {
    what: 'the new name comes before the fsync',
    row: 'R10',
    file: 'io/replace-file.ts',
    right: '    sink.flush()\n    disk.fsync(fd)\n',
    wrong: '    sink.flush()\n',
    tests: 'io/replace-file',
    only: 'syncs the file before its new name',
  },
  {
    what: 'a failure leaves the temporary',
    row: 'R11',
    file: 'io/replace-file.ts',
    right: '    removeQuietly(disk, temp)\n    throw underName(error, temp, path)',
    wrong: '    throw underName(error, temp, path)',
    tests: R11,
    only: 'verify --baseline fails as documented',
  },
  {
    what: 'a short write counts as whole',
    row: 'R11',
    file: 'io/file-sink.ts',
    right: 'if (wrote > 0) at += wrote',
    wrong: 'if (wrote > 0) at = end',
    tests: R11,
    only: 'rewind -o of a log carries on',
  },
  {
    what: 'a signal leaves what is half done',
    row: 'R11',
    file: 'io/run-in-worker.ts',
    right: 'removeTraces(nodeDisk(), allOf(traces.port1))',
    wrong: 'allOf(traces.port1)',
    tests: R11,
    only: 'rewind -o of a log takes away',
  },
  {
    what: 'what was written is not read back',
    row: 'R12',
    file: 'io/replace-file.ts',
    right: 'if (readBack === undefined && !sink.matches()) throw changed(target)',
    wrong: '',
    tests: 'reliability/r12-read-back',
    only: 'salvage -o',
  },
  {
    what: 'what another reading finds is not compared',
    row: 'R12',
    file: 'io/replace-file.ts',
    right: 'if (options.readBack?.(temp) === false) throw changed(target)',
    wrong: 'options.readBack?.(temp)',
    tests: 'reliability/r12-read-back',
    only: 'rewind -o of a log',
  },
  {
    what: 'no backup of what is replaced',
    row: 'R13',
    file: 'operations/write-edit.ts',
    right: 'if (inPlace) kept.push(backUp(output, stamp))',
    wrong: '',
    tests: 'reliability/r13-writers',
    only: 'repair --in-place of a log leaves',
  },
  {
    what: 'a manifest may name what lies elsewhere',
    row: 'R17',
    file: 'formats/aof/manifest.ts',
    right: 'if (/[/\\\\]/.test(name))',
    wrong: 'if (/\\0/.test(name))',
    tests: 'reliability/r17-paths',
    only: 'every trick',
  },
  {
    what: 'a bug is told with its message',
    row: 'R18',
    file: 'errors.ts',
    right: 'return [error.constructor.name, ...frames]',
    wrong: 'return [error.message, ...frames]',
    tests: 'reliability/r18-secrets',
    only: 'nobody expected',
  },
]

let copy: string

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'respite-planted-'))
  for (const name of ['src', 'test', 'dist', 'bin', 'scripts']) {
    const filter = (path: string) => path !== join(ROOT, 'test/fixtures')
    cpSync(join(ROOT, name), join(copy, name), {recursive: true, filter})
  }
  for (const name of ['package.json', 'jest.config.js', 'oclif.manifest.json']) {
    cpSync(join(ROOT, name), join(copy, name))
  }
  for (const name of ['node_modules', 'test/fixtures'])
    symlinkSync(join(ROOT, name), join(copy, name))
})
afterAll(() => rmSync(copy, {recursive: true}))

/** Put the sources into dist, where the program runs them. */
function bundle(): void {
  const script = "await (await import('./scripts/bundle.js')).bundleEntries(process.cwd())"
  execFileSync(process.execPath, ['--input-type=module', '-e', script], {cwd: copy})
}

/** How many tests of the row ran, and how many failed. */
function runRow({tests, only}: Bug): {ran: number; failed: number} {
  const jest = [join(copy, 'node_modules/jest/bin/jest.js'), `test/${tests}.test.ts`]
  const {stdout} = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', ...jest, '--json', '--silent', '-t', only],
    {
      cwd: copy,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      env: {...process.env, RESPITE_SOAK: '', RESPITE_ROWS: 'all'},
    },
  )
  const line = stdout.split('\n').find((each) => each.startsWith('{"'))
  const {numPassedTests: passed, numFailedTests: failed} = JSON.parse(line ?? '{}')
  return {ran: passed + failed, failed}
}

test.each(BUGS.slice(-budget(3, BUGS.length)))(
  '$row catches it when $what',
  (bug) => {
    const path = join(copy, 'src', bug.file)
    const source = readFileSync(path, 'utf8')
    expect(source.split(bug.right)).toHaveLength(2)
    const sound = runRow(bug)
    try {
      writeFileSync(
        path,
        source.replace(bug.right, () => bug.wrong),
      )
      bundle()
      const planted = runRow(bug)
      figure('R24', `${bug.what}: ${bug.row} fails ${planted.failed} of ${planted.ran} tests`)
      expect(sound.failed).toBe(0)
      expect(sound.ran).toBeGreaterThan(0)
      expect(planted.failed).toBeGreaterThan(0)
      expect(planted.ran).toBe(sound.ran)
    } finally {
      writeFileSync(path, source)
      bundle()
    }
  },
  TIMEOUT,
)
