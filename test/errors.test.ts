import {describe, expect, test} from '@jest/globals'
import {describeError, Exit, RespiteError} from '../src/errors.ts'
import {FormatError} from '../src/formats/errors.ts'

const system = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: secret`), {code, path, syscall: 'open'})

describe('an error becomes an exit status', () => {
  test.each([
    [system('ENOENT', 'dump.rdb'), 10, 'dump.rdb: no such file or directory'],
    [system('EACCES', 'dump.rdb'), 10, 'dump.rdb: permission denied'],
    [system('ENOSPC'), 30, 'the disk is full'],
    [system('EROFS', '/mnt/x'), 30, '/mnt/x: the file system is read-only'],
    [system('EMFILE'), 32, 'too many open files'],
    [new RangeError('Array buffer allocation failed'), 32, 'not enough memory'],
    [new RangeError('WebAssembly.Memory(): could not allocate memory'), 32, 'not enough memory'],
    [
      new FormatError('RDB_LENGTH', 9, 'byte 0xff starts no length'),
      1,
      'offset 9: byte 0xff starts no length',
    ],
    [new FormatError('UNSUPPORTED', 0, 'an LZ4 frame'), 20, 'offset 0: an LZ4 frame'],
    [new FormatError('LIMIT', 5, 'expands too far'), 32, 'offset 5: expands too far'],
    [new RespiteError(Exit.BUSY, 'LOCKED', 'a server runs here'), 11, 'a server runs here'],
    [
      Object.assign(new Error('no such file'), {exit: 10, code: 'INPUT_MISSING', path: 'x'}),
      10,
      'x: no such file',
    ],
  ])('%s', (error, exit, message) => {
    expect(describeError(error)).toMatchObject({exit, message})
  })

  test.each([
    ['a signal', Object.assign(new Error('stopped'), {name: 'Interrupted', exit: 130}), 130],
    ['an exit status that we do not have', Object.assign(new Error('x'), {exit: 99}), 70],
    ['a text', 'thrown', 70],
    ['nothing', undefined, 70],
  ])('%s', (_what, error, exit) => {
    expect(describeError(error).exit).toBe(exit)
  })

  test('a bug is told by class and place, without what its message holds', () => {
    const error = new TypeError('canary\n    at canary (canary.js:1:1)')
    const {exit, code, message} = describeError(error)
    expect({exit, code}).toEqual({exit: 70, code: 'INTERNAL'})
    expect(message).toMatch(/^TypeError at .*errors\.test\.ts:\d+:\d+/)
    expect(message).not.toContain('canary')
  })

  test('a stack that was tampered with is not shown', () => {
    const error = Object.assign(new Error('x'), {stack: 'Error\n    at canary (canary.js:1:1)'})
    error.message = 'other'
    expect(describeError(error).message).toBe('Error')
  })
})
