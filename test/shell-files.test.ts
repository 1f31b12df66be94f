/** Completions and manual pages, as the shells read them. */
import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
// @ts-expect-error: a script without types
import {shellFiles, writeShellFiles} from '../scripts/shell-files.js'
import {ROOT} from './support/fixtures.ts'

interface Flag {
  readonly name: string
  readonly options?: readonly string[]
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, {flags: Record<string, Flag>}>
}
const names = Object.keys(manifest.commands).sort()
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-shell-'))
  writeShellFiles(folder, manifest, "Brings data back: it's offline")
})
afterAll(() => rmSync(folder, {recursive: true}))

const isThere = (program: string) => spawnSync(program, ['--version']).status === 0
const withProgram = (program: string) => (isThere(program) ? test : test.skip)

/** What bash offers behind these words. */
function offered(...words: string[]): string[] {
  const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _respite; printf '%s\\n' "\${COMPREPLY[@]}"`
  const file = join(folder, 'completions/respite.bash')
  const out = execFileSync('bash', ['-c', script, file, ...words], {encoding: 'utf8', cwd: folder})
  return out.split('\n').filter(Boolean)
}

withProgram('bash')('bash offers commands, flags, what a flag takes, and files', () => {
  const words = [...new Set(names.map((name) => name.split(':')[0]))]
  const first = offered('respite', '').filter((word) => !word.startsWith('-'))
  expect(first.toSorted()).toEqual(words.toSorted())
  expect(offered('respite', 'cluster', 'b')).toEqual(['bootstrap'])
  expect(offered('respite', 'cluster', 'bootstrap', '--pl')).toEqual(['--plan'])
  expect(offered('respite', 'sal')).toEqual(['salvage'])
  expect(offered('respite', 'check', '--fr')).toEqual(['--framing'])
  const {options} = manifest.commands.convert.flags.to
  expect(offered('respite', 'convert', '--to', '')).toEqual(options)
  expect(offered('respite', 'check', 'comp')).toEqual(['completions'])
})

withProgram('zsh')('zsh reads its completion', () => {
  const {status, stderr} = spawnSync('zsh', ['-n', join(folder, 'completions/_respite')])
  expect({status, stderr: String(stderr)}).toEqual({status: 0, stderr: ''})
})

withProgram('fish')('fish offers what there is', () => {
  const script = `source ${join(folder, 'completions/respite.fish')}; complete -C 'respite convert --to '`
  const out = execFileSync('fish', ['--no-config', '-c', script], {encoding: 'utf8'})
  expect(out.split('\n').map((line) => line.split('\t')[0])).toEqual(
    expect.arrayContaining(['jsonl', 'rdb', 'resp']),
  )
})

withProgram('groff')('manual pages hold no mistakes that groff knows', () => {
  for (const name of names) {
    const path = join(folder, `man/respite-${name.replace(':', '-')}.1`)
    const {stderr} = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z', path])
    expect([name, String(stderr)]).toEqual([name, ''])
  }
})

test('every flag of every command is in all of them', () => {
  const files: Map<string, string> = shellFiles(manifest, '')
  for (const [name, {flags}] of Object.entries(manifest.commands)) {
    const page = files.get(`man/respite-${name.replace(':', '-')}.1`)!
    for (const {name: flag} of Object.values(flags)) {
      expect(page).toContain(`\\-\\-${flag.replaceAll('-', '\\-')}`)
      expect(files.get('completions/respite.bash')).toContain(`--${flag}`)
      expect(files.get('completions/_respite')).toContain(`'${'--'}${flag}`.slice(1))
      expect(files.get('completions/respite.fish')).toContain(`-l ${flag} `)
    }
  }
})

test('lines of text begin no macro', () => {
  const command = {...manifest.commands.check, summary: 'x', description: ".TH\n'nothing \\fB"}
  const files: Map<string, string> = shellFiles({version: '1', commands: {check: command}}, '')
  expect(files.get('man/respite-check.1')).toContain("\\&.TH\n\\&'nothing \\efB")
})
