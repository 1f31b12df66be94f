import {mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {nodeDisk} from '../../src/io/disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-disk-'))
afterAll(() => rmSync(folder, {recursive: true}))

const isLinux = process.platform === 'linux'

test('what goes to the disk ahead is all there, and leaves no descriptor', () => {
  const count = () => (isLinux ? readdirSync('/proc/self/fd').length : 0)
  const before = count()
  const disk = nodeDisk()
  const path = join(folder, 'large')
  const block = new Uint8Array(1 << 20).fill(7)
  const fd = disk.open(path, 'wx')
  for (let i = 0; i < 80; i++) disk.write(fd, block, 0, block.length, i * block.length)
  disk.fsync(fd)
  if (isLinux) expect(count()).toBeGreaterThan(before + 1)
  disk.close(fd)
  expect(count()).toBe(before)
  expect(statSync(path).size).toBe(80 * block.length)
})

test('a file that is gone by then is written all the same', () => {
  const disk = nodeDisk()
  const path = join(folder, 'gone')
  const block = new Uint8Array(1 << 20)
  const fd = disk.open(path, 'wx')
  rmSync(path)
  for (let i = 0; i < 40; i++) disk.write(fd, block, 0, block.length, i * block.length)
  disk.fsync(fd)
  expect(disk.fstat(fd).size).toBe(40 * block.length)
  disk.close(fd)
})
