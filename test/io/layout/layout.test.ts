import {execFileSync} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {readConfig} from '../../../src/io/layout/config.ts'
import {type LayoutDisk, nodeDisk} from '../../../src/io/layout/disk.ts'
import {readLayout} from '../../../src/io/layout/layout.ts'
import type {Layout} from '../../../src/io/layout/types.ts'
import {record} from '../../support/aof.ts'
import {bytes, utf8} from '../../support/bytes.ts'
import {aofFixtures, rdbFixtures} from '../../support/fixtures.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'respite-layout-'))
})
afterEach(() => rmSync(dir, {recursive: true}))

function write(files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), {recursive: true})
    writeFileSync(join(dir, name), content)
  }
}

const RDB = bytes('REDIS0011', 0xff, Buffer.alloc(8))
const AOF = bytes(record('SELECT', '0'), record('SET', 'k', 'v'))
const MANIFEST = 'file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n'
const SET = {
  'appendonlydir/appendonly.aof.manifest': MANIFEST,
  'appendonlydir/a.1.base.rdb': RDB,
  'appendonlydir/a.1.incr.aof': AOF,
}

const loaded = ({files}: Layout) => files.filter((file) => file.loaded).map(({name}) => name)
const codes = ({findings}: Layout) =>
  findings.map(({code, severity, file}) => `${code} ${severity} ${file}`)
const config = (text: string) => ({config: readConfig(utf8(text), 'redis.conf')})

describe('a single file', () => {
  test.each([
    {what: 'an RDB', content: RDB, kind: 'rdb', source: 'file'},
    {what: 'an AOF', content: AOF, kind: 'aof', source: 'file'},
    {
      what: 'an AOF that begins with an annotation',
      content: bytes('#TS:1\r\n', AOF),
      kind: 'aof',
      source: 'file',
    },
    {what: 'nothing', content: '', kind: 'nothing', source: 'unknown'},
    {what: 'a text', content: 'hello', kind: 'nothing', source: 'unknown'},
  ])('$what is recognised whatever its name', ({content, kind, source}) => {
    write({'dump.manifest.txt': content})
    expect(readLayout(join(dir, 'dump.manifest.txt'))).toMatchObject({kind, source})
  })

  test('a member of a set is read alone, and says so', () => {
    write(SET)
    const layout = readLayout(join(dir, 'appendonlydir/a.1.incr.aof'))
    expect(layout.files).toMatchObject([{role: 'incr', seq: 1, loaded: true}])
    expect(layout.reasons.join()).toContain('read alone')
    expect(layout.followedBy).toBeNull()
    expect(readLayout(join(dir, 'appendonlydir/a.1.base.rdb')).followedBy).toBe('a.1.incr.aof')
  })

  test('a manifest stands for its set, whatever its name', () => {
    write({x: MANIFEST, 'a.1.base.rdb': RDB, 'a.1.incr.aof': AOF})
    const layout = readLayout(join(dir, 'x'))
    expect(layout).toMatchObject({source: 'manifest', kind: 'aof-set'})
    expect(loaded(layout)).toEqual(['a.1.base.rdb', 'a.1.incr.aof'])
  })

  test('what is not there, and what is no file, is refused', () => {
    expect(() => readLayout(join(dir, 'no'))).toThrow(expect.objectContaining({exit: 10}))
    execFileSync('mkfifo', [join(dir, 'fifo')])
    expect(() => readLayout(join(dir, 'fifo'))).toThrow(
      expect.objectContaining({code: 'INPUT_KIND', exit: 10}),
    )
  })
})

describe('a directory with a manifest', () => {
  const inner = () => join(dir, 'appendonlydir')

  test('loads base and incr files in order, and names orphans', () => {
    write({
      ...SET,
      'appendonlydir/appendonly.aof.manifest':
        'file a.3.incr.aof seq 3 type i\nfile a.9.incr.aof seq 9 type i\nfile a.1.base.rdb seq 1 type b\nfile old seq 1 type h\n',
      'appendonlydir/a.3.incr.aof': AOF,
      'appendonlydir/a.9.incr.aof': AOF,
      'appendonlydir/temp-appendonly.aof.manifest': '',
    })
    const layout = readLayout(inner())
    expect(loaded(layout)).toEqual(['a.1.base.rdb', 'a.3.incr.aof', 'a.9.incr.aof'])
    expect(codes(layout)).toEqual([
      'SET_MISSING note old',
      'SET_ORPHAN note a.1.incr.aof',
      'SET_ORPHAN note temp-appendonly.aof.manifest',
    ])
  })

  test.each([
    {
      what: 'a missing incr',
      manifest: `${MANIFEST}file b seq 2 type i\n`,
      code: 'SET_MISSING error b',
    },
    {
      what: 'no base',
      manifest: 'file a.1.incr.aof seq 1 type i\n',
      code: 'SET_BASE warning appendonly.aof.manifest',
    },
    {
      what: 'a path',
      manifest: `${MANIFEST}file ../x seq 2 type i\n`,
      code: 'MANIFEST_PATH error appendonly.aof.manifest',
    },
    {
      what: 'comments only',
      manifest: '# nothing\n',
      code: 'MANIFEST_EMPTY error appendonly.aof.manifest',
    },
    {what: 'nothing', manifest: '', code: 'MANIFEST_EMPTY error appendonly.aof.manifest'},
  ])('$what', ({manifest, code}) => {
    write({...SET, 'appendonlydir/appendonly.aof.manifest': manifest})
    expect(codes(readLayout(inner()))).toContain(code)
  })

  test('an empty base is how an AOF without preamble starts, and a loss otherwise', () => {
    const manifest = 'file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n'
    write({
      ...SET,
      'appendonlydir/appendonly.aof.manifest': manifest,
      'appendonlydir/a.1.base.aof': '',
    })
    expect(codes(readLayout(inner()))).toContain('SET_BASE note a.1.base.aof')
    write({...SET, 'appendonlydir/a.1.base.rdb': ''})
    expect(codes(readLayout(inner()))).toContain('SET_BASE error a.1.base.rdb')
  })

  test('several manifests: the one that appendfilename names', () => {
    write({...SET, 'appendonlydir/other.manifest': 'file a.1.incr.aof seq 1 type i\n'})
    expect(loaded(readLayout(inner()))).toEqual(['a.1.base.rdb', 'a.1.incr.aof'])
    const other = readLayout(inner(), config('appendonly yes\nappendfilename other\n'))
    expect(loaded(other)).toEqual(['a.1.incr.aof'])
    expect(other.reasons.join()).toContain('2 manifests')
  })
})

describe('a data directory', () => {
  test.each([
    {
      what: 'a set wins over both',
      config: undefined,
      files: ['set', 'single', 'dump'],
      loads: ['appendonlydir/a.1.base.rdb', 'appendonlydir/a.1.incr.aof'],
    },
    {
      what: 'a set wins with appendonly yes',
      config: 'appendonly yes',
      files: ['set', 'dump'],
      loads: ['appendonlydir/a.1.base.rdb', 'appendonlydir/a.1.incr.aof'],
    },
    {
      what: 'an old AOF wins over the snapshot',
      config: undefined,
      files: ['single', 'dump'],
      loads: ['appendonly.aof'],
    },
    {what: 'the snapshot alone', config: undefined, files: ['dump'], loads: ['dump.rdb']},
    {
      what: 'appendonly no',
      config: 'appendonly no',
      files: ['set', 'single', 'dump'],
      loads: ['dump.rdb'],
    },
    {
      what: 'a silent configuration means no',
      config: 'port 1',
      files: ['set', 'dump'],
      loads: ['dump.rdb'],
    },
    {what: 'appendonly yes without an AOF', config: 'appendonly yes', files: ['dump'], loads: []},
    {
      what: 'other names',
      config: 'appendonly yes\nappenddirname other',
      files: ['set', 'single'],
      loads: ['appendonly.aof'],
    },
    {what: 'another dbfilename', config: 'DBFILENAME "x.rdb"', files: ['dump'], loads: []},
  ])('$what', ({config: text, files, loads}) => {
    if (files.includes('set')) write(SET)
    if (files.includes('single')) write({'appendonly.aof': AOF})
    if (files.includes('dump')) write({'dump.rdb': RDB})
    const layout = readLayout(dir, text === undefined ? {} : config(text))
    expect(layout.source).toBe('data-directory')
    expect(loaded(layout)).toEqual(loads)
    expect(layout.reasons.length).toBeGreaterThan(0)
  })

  test('without a configuration the assumption is said', () => {
    write({...SET, 'dump.rdb': RDB})
    expect(readLayout(dir).reasons.join()).toContain('appendonly yes is assumed')
  })

  test('an old file on its way into the set is what counts', () => {
    write({
      'appendonly.aof': AOF,
      'appendonlydir/appendonly.aof.manifest': 'file appendonly.aof seq 1 type b\n',
    })
    expect(loaded(readLayout(dir))).toEqual(['appendonly.aof'])
  })

  test('a directory of another name with a manifest is found', () => {
    write({
      'backup-1/x.manifest': MANIFEST,
      'backup-1/a.1.base.rdb': RDB,
      'backup-1/a.1.incr.aof': AOF,
    })
    expect(loaded(readLayout(dir))).toEqual(['backup-1/a.1.base.rdb', 'backup-1/a.1.incr.aof'])
  })

  test('an include is named and not read', () => {
    write({'dump.rdb': RDB})
    const {reasons} = readLayout(dir, config('include /etc/redis/more.conf\n'))
    expect(reasons.join()).toContain('/etc/redis/more.conf')
  })

  test.each(['appendonlydir/', ''])('a set without manifest in %j is an error', (prefix) => {
    write({
      [`${prefix}appendonly.aof.1.base.rdb`]: RDB,
      [`${prefix}appendonly.aof.1.incr.aof`]: AOF,
    })
    const layout = readLayout(dir)
    expect(loaded(layout)).toEqual([])
    expect(layout.findings[0]).toMatchObject({code: 'SET_NO_MANIFEST', severity: 'error'})
    expect(layout.findings[0].meaning).toContain('EMPTY')
  })

  test('an empty directory holds nothing', () => {
    expect(readLayout(dir)).toMatchObject({source: 'unknown', kind: 'nothing', files: []})
  })
})

describe('nothing outside the directory is opened', () => {
  const opened: string[] = []
  const watching: LayoutDisk = {
    ...nodeDisk,
    head: (path, max) => {
      opened.push(path)
      return nodeDisk.head(path, max)
    },
  }

  test.each([
    {what: 'a link to the outside', make: (path: string) => symlinkSync('/etc/passwd', path)},
    {what: 'a FIFO', make: (path: string) => execFileSync('mkfifo', [path])},
    {what: 'a link to a device', make: (path: string) => symlinkSync('/dev/zero', path)},
    {what: 'a directory', make: (path: string) => mkdirSync(path)},
  ])('$what that a manifest names', ({make}) => {
    opened.length = 0
    write({'appendonly.aof.manifest': 'file x seq 1 type b\nfile y seq 1 type i\n', y: AOF})
    make(join(dir, 'x'))
    const layout = readLayout(dir, {disk: watching})
    expect(layout.findings[0]).toMatchObject({code: 'MANIFEST_PATH', severity: 'error', line: 1})
    expect(loaded(layout)).toEqual(['y'])
    expect(opened.filter((path) => path.endsWith('/x'))).toEqual([])
  })

  test('a link that stays inside is followed', () => {
    write({'appendonly.aof.manifest': 'file x seq 1 type i\n', y: AOF})
    symlinkSync('y', join(dir, 'x'))
    expect(loaded(readLayout(dir))).toEqual(['x'])
  })

  test.each(['../x', '/etc/passwd', '"a\\x00b"', '"a\\nb"', '..', 'a/b'])('%s', (name) => {
    opened.length = 0
    write({'appendonly.aof.manifest': `file ${name} seq 1 type b\nfile y seq 1 type i\n`, y: AOF})
    const layout = readLayout(dir, {disk: watching})
    expect(layout.findings[0]).toMatchObject({code: 'MANIFEST_PATH', line: 1})
    expect(opened.filter((path) => !path.startsWith(`${dir}/`))).toEqual([])
  })

  test('names in a configuration neither', () => {
    opened.length = 0
    readLayout(dir, {
      ...config('appendonly yes\nappendfilename ../x\ndbfilename /etc/passwd'),
      disk: watching,
    })
    expect(opened).toEqual([])
  })
})

describe('the fixtures', () => {
  test.each(aofFixtures().map(({name, path}) => [name, path]))('%s', (_name, path) => {
    const copy = join(dir, 'copy')
    cpSync(path, copy, {recursive: true})
    const layout = readLayout(copy)
    expect(layout.source).toBe('data-directory')
    expect(['aof', 'aof-set']).toContain(layout.kind)
    expect(loaded(layout).length).toBeGreaterThan(0)
    expect(layout.findings.filter(({severity}) => severity !== 'note')).toEqual([])
  })

  test('every RDB is one', () => {
    for (const {path} of rdbFixtures()) expect(readLayout(path).kind).toBe('rdb')
  })
})
