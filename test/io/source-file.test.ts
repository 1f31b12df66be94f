import {execFileSync} from 'node:child_process'
import {chmodSync, closeSync, mkdirSync, symlinkSync} from 'node:fs'
import {createServer} from 'node:net'
import {dirname, join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {runOperation} from '../../src/io/run-operation.ts'
import {openFile} from '../../src/io/source-file.ts'
import {READ_ALL, temporaryFiles} from './support.ts'

const put = temporaryFiles()
const besides = (name: string) => join(dirname(put('x', '')), name)

describe('openFile', () => {
  test('knows the size of a file', () => {
    const file = openFile(put('three', 'abc'))
    expect(file.size).toBe(3)
    closeSync(file.fd)
  })

  test('says that a file is missing', () => {
    expect(() => openFile(besides('nothing'))).toThrow(
      expect.objectContaining({code: 'INPUT_MISSING', exit: 10, path: besides('nothing')}),
    )
  })

  test('says that a part of the path is no directory', () => {
    expect(() => openFile(join(put('file', ''), 'below'))).toThrow(
      expect.objectContaining({code: 'INPUT_MISSING', exit: 10}),
    )
  })

  test('refuses a path with a NUL byte', () => {
    expect(() => openFile('a\0b')).toThrow(expect.objectContaining({exit: 10}))
  })

  test('refuses a directory', () => {
    mkdirSync(besides('directory'))
    expect(() => openFile(besides('directory'))).toThrow(
      expect.objectContaining({code: 'INPUT_KIND', exit: 10}),
    )
  })

  test('refuses a FIFO without waiting for a writer', () => {
    execFileSync('mkfifo', [besides('fifo')])
    expect(() => openFile(besides('fifo'))).toThrow(/FIFO.*"-"/)
  })

  test('refuses a FIFO behind a symbolic link', () => {
    execFileSync('mkfifo', [besides('fifo2')])
    symlinkSync('fifo2', besides('link'))
    expect(() => openFile(besides('link'))).toThrow(/FIFO/)
  })

  test('refuses a device', () => {
    expect(() => openFile('/dev/zero')).toThrow(/a device/)
  })

  test('refuses a socket', async () => {
    const server = createServer().listen(besides('socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    expect(() => openFile(besides('socket'))).toThrow(/a socket/)
    await new Promise((resolve) => server.close(resolve))
  })

  const asRoot = process.getuid?.() === 0
  const unlessRoot = asRoot ? test.skip : test
  unlessRoot('says that permission is denied', () => {
    const path = put('secret', 'x')
    chmodSync(path, 0)
    expect(() => openFile(path)).toThrow(
      expect.objectContaining({code: 'INPUT_UNREADABLE', exit: 10}),
    )
  })
})

describe.each(['inline', 'worker'] as const)('a file that changes while it is read %s', (mode) => {
  const window = {slots: 2, slotSize: 4096}

  test.each([
    ['truncate', /became shorter/],
    ['append', /was written to/],
    ['replace', /was replaced/],
    ['remove', /was removed/],
  ])('%s is noticed', async (meddle, message) => {
    const path = put(`changing-${mode}-${meddle}`, 'x'.repeat(100_000))
    const run = runOperation(READ_ALL, [path], {meddle}, {mode, window})
    await expect(run).rejects.toMatchObject({
      name: 'InputError',
      code: 'INPUT_CHANGED',
      exit: 13,
      path,
      message: expect.stringMatching(message),
    })
  })

  test('is noticed when it is opened twice', async () => {
    const path = put(`twice-${mode}`, 'x'.repeat(5000))
    const options = {meddle: 'append', stopAfter: 10}
    const run = runOperation(READ_ALL, [path, path], options, {mode, window})
    await expect(run).rejects.toMatchObject({code: 'INPUT_CHANGED'})
  })
})
