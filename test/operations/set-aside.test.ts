/** A run that was killed between the new manifest and what it sets aside: nothing is lost whoever comes next, server or respite. */
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from '@jest/globals'
import {finishAside} from '../../src/operations/set-aside.ts'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {loadedDigest, rewrite, written} from '../support/data-directory.ts'
import {fixture} from '../support/fixtures.ts'
import {rewind, setOf} from '../support/log-set.ts'
import {serverProgram} from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-aside-'))
afterAll(() => rmSync(folder, {recursive: true}))
const live = serverProgram() ? test : test.skip

const STAMP = '20261130T120000Z'
const set = (key: string) => record('SET', key, '1')
const inPlace = {output: null, inPlace: true, stamp: STAMP}
const names = (path: string) => readdirSync(path).sort()
const manifest = (path: string) => readFileSync(join(path, 'a.aof.manifest'), 'utf8')

/** Three logs, rewound into the first; the other two have their old names still. */
async function killed(name: string, to: string): Promise<string> {
  const path = setOf(folder, name, bytes(set('a'), set('b')), set('c'), set('d'))
  expect((await rewind(path, to, inPlace)).aside).toContain(
    join(path, `a.aof.3.incr.aof.bak-${STAMP}`),
  )
  for (const n of [2, 3]) {
    const log = join(path, `a.aof.${n}.incr.aof`)
    renameSync(`${log}.bak-${STAMP}`, log)
  }
  return path
}

describe('the next run in place', () => {
  test('moves what left the set', async () => {
    const path = await killed('cut', '#1')
    expect(manifest(path)).toBe(`file a.aof.rewound-${STAMP}.1.incr.aof seq 3 type i\n`)
    const {aside, removedBytes} = await rewind(path, '#1', inPlace)
    expect(removedBytes).toBe(0)
    expect(aside).toEqual([2, 3].map((n) => join(path, `a.aof.${n}.incr.aof.bak-${STAMP}`)))
    expect(names(path).filter((name) => /\.[23]\.incr\.aof$/.test(name))).toEqual([])
    expect(readFileSync(aside[1]).equals(set('d'))).toBe(true)
    expect((await rewind(path, '#1', inPlace)).aside).toEqual([])
  })

  test('moves it where the point was the end of a log, which kept its name', async () => {
    const path = await killed('end', '#2')
    expect(manifest(path)).toBe('file a.aof.1.incr.aof seq 3 type i\n')
    expect(await rewind(path, '#2', inPlace)).toMatchObject({
      aside: [2, 3].map((n) => join(path, `a.aof.${n}.incr.aof.bak-${STAMP}`)),
    })
  })

  test('moves it also where it has something to cut itself', async () => {
    const path = await killed('again', '#2')
    const {aside} = await rewind(path, '#1', {...inPlace, stamp: '20261130T130000Z'})
    expect(aside).toEqual(
      expect.arrayContaining([2, 3].map((n) => join(path, `a.aof.${n}.incr.aof.bak-${STAMP}`))),
    )
    expect(manifest(path)).toBe('file a.aof.rewound-20261130T130000Z.1.incr.aof seq 3 type i\n')
  })

  test.each([
    [
      'a server has gone on',
      'file a.aof.4.base.rdb seq 4 type b\nfile a.aof.4.incr.aof seq 4 type i\n',
    ],
    ['somebody put the old set back', null],
    ['the manifest is gone', ''],
  ])('leaves everything where %s', async (what, text) => {
    const path = await killed(what.replaceAll(' ', '-'), '#1')
    const file = join(path, 'a.aof.manifest')
    writeFileSync(file, text ?? readFileSync(`${file}.bak-${STAMP}`))
    const before = names(path)
    expect(finishAside(path, 'a.aof.manifest')).toEqual([])
    expect(names(path)).toEqual(before)
  })
})

live('a server that starts in between loads the new set, and writes over nothing', async () => {
  const dir = join(folder, 'data')
  cpSync(fixture('redis-7.0.15/aof-small-multi').path, dir, {recursive: true})
  await rewind(dir, '#100', inPlace)
  const digest = await loadedDigest(dir)
  const log = join(dir, 'appendonlydir/appendonly.aof.4.incr.aof')
  const wanted = readFileSync(`${log}.bak-${STAMP}`)
  renameSync(`${log}.bak-${STAMP}`, log)
  expect(await loadedDigest(dir)).toBe(digest)
  await written(dir, async (client) => {
    await client.text('SET', 'later', '1')
    await rewrite(client, dir)
    await client.text('SET', 'later', '2')
    await rewrite(client, dir)
  })
  expect(readFileSync(log).equals(wanted)).toBe(true)
})
