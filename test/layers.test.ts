import {spawnSync} from 'node:child_process'
import {copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'

/** A file and an import in it that its layer must not have. */
const FORBIDDEN: [path: string, from: string][] = [
  ['src/formats/rdb/a.ts', 'node:fs'],
  ['src/formats/rdb/b.ts', '../../io/host.ts'],
  ['src/formats/c.ts', './../engine/table.ts'],
  ['src/formats/rdb/d.ts', '../../errors.ts'],
  ['src/formats/e.ts', 'crc'],
  ['src/engine/a.ts', 'node:os'],
  ['src/engine/commands/b.ts', '../../operations/check.ts'],
  ['src/io/a.ts', '../engine/table.ts'],
  ['src/io/b.ts', '../ui/color.ts'],
  ['src/io/c.ts', 'chalk'],
  ['src/net/a.ts', '../io/host.ts'],
  ['src/net/b.ts', '../engine/table.ts'],
  ['src/net/c.ts', '../operations/check.ts'],
  ['src/net/d.ts', 'chalk'],
  ['src/formats/f.ts', '../net/client.ts'],
  ['src/io/d.ts', '../net/client.ts'],
  ['src/commands/d.ts', '../net/client.ts'],
  ['src/operations/a.ts', '../ui/color.ts'],
  ['src/operations/b.ts', 'node:fs'],
  ['src/operations/c.ts', '../commands/check.ts'],
  ['src/ui/a.ts', '../formats/errors.ts'],
  ['src/ui/b.ts', '../operations/check.ts'],
  ['src/ui/c.ts', '@oclif/core'],
  ['src/commands/a.ts', 'ora'],
  ['src/commands/b.ts', '../formats/errors.ts'],
  ['src/commands/c.ts', '@oclif/core'],
]

const ALLOWED: [path: string, from: string][] = [
  ['src/formats/rdb/ok.ts', '../errors.ts'],
  ['src/engine/ok.ts', './commands/strings.ts'],
  ['src/io/ok.ts', 'node:fs'],
  ['src/net/ok.ts', 'node:tls'],
  ['src/net/ok-too.ts', 'crc/calculators/crc16xmodem'],
  ['src/operations/ok-too.ts', '../net/client.ts'],
  ['src/operations/ok.ts', '../engine/commands/table.ts'],
  ['src/ui/ok.ts', '../operations/reports.ts'],
  ['src/ui/ok-too.ts', 'chalk'],
  ['src/commands/ok.ts', '#oclif'],
]

const root = join(import.meta.dirname, '..')
let folder: string
let complaints: Set<string>

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-layers-'))
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'))
  spawnSync('git', ['init', '-q'], {cwd: folder})
  const write = (path: string, from: string) => {
    mkdirSync(dirname(join(folder, path)), {recursive: true})
    writeFileSync(join(folder, path), `import * as all from '${from}'\n\nexport const used = all\n`)
  }
  for (const [path, from] of [...FORBIDDEN, ...ALLOWED]) write(path, from)
  write('src/formats/ring.ts', './ring-too.ts')
  write('src/formats/ring-too.ts', './ring.ts')
  const {stdout} = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--reporter=json', '--max-diagnostics=none', '.'],
    {cwd: folder, encoding: 'utf8'},
  )
  const {diagnostics} = JSON.parse(stdout) as {
    diagnostics: {category: string; location: {path: string | {file: string}}}[]
  }
  complaints = new Set(
    diagnostics.map(({category, location: {path}}) => {
      return `${typeof path === 'string' ? path : path.file} ${category.split('/').at(-1)}`
    }),
  )
})
afterAll(() => rmSync(folder, {recursive: true}))

describe('the linter', () => {
  test.each(FORBIDDEN)('refuses that %s imports %s', (path) => {
    expect(complaints).toContain(`${path} noRestrictedImports`)
  })

  test.each(ALLOWED)('lets %s import %s', (path) => {
    expect(complaints).not.toContain(`${path} noRestrictedImports`)
  })

  test.each(['src/formats/ring.ts', 'src/formats/ring-too.ts'])(
    'finds the cycle from %s',
    (path) => {
      expect(complaints).toContain(`${path} noImportCycles`)
    },
  )
})
