import {Writable} from 'node:stream'
import {describe, expect, test} from '@jest/globals'
import {outputTo} from '../../src/ui/output.ts'

describe('output', () => {
  test('goes out in one piece, after the reader has taken it', async () => {
    const pieces: string[] = []
    const stream = new Writable({
      decodeStrings: false,
      write(text, _encoding, done) {
        pieces.push(text)
        setImmediate(done)
      },
    })
    const output = outputTo(stream)
    output.line('one')
    output.line('two')
    expect(pieces).toEqual([])
    await output.flush()
    await output.flush()
    expect(pieces).toEqual(['one\ntwo\n'])
    expect(stream.listenerCount('error')).toBe(0)
  })

  test('says when a batch is full', () => {
    const output = outputTo(new Writable())
    output.line('x'.repeat(65534))
    expect(output.full).toBe(false)
    output.line('')
    expect(output.full).toBe(true)
  })

  const failing = (code: string) =>
    new Writable({
      write(_text, _encoding, done) {
        done(Object.assign(new Error(code), {code}))
      },
    })

  test('ends quietly when the reader leaves', async () => {
    const output = outputTo(failing('EPIPE'))
    output.line('one')
    await expect(output.flush()).rejects.toMatchObject({exit: 141, code: 'CLOSED_PIPE'})
  })

  test('names itself when the disk under it is full', async () => {
    const output = outputTo(failing('ENOSPC'))
    output.line('one')
    await expect(output.flush()).rejects.toMatchObject({code: 'ENOSPC', path: 'standard output'})
  })
})
