import {describe, expect, test} from '@jest/globals'
import {isManifest, readManifest, writeManifest} from '../../../src/formats/aof/manifest.ts'
import {quoteArg, splitArgs} from '../../../src/formats/aof/split-args.ts'
import {bytes, utf8} from '../../support/bytes.ts'

const base = 'file appendonly.aof.1.base.rdb seq 1 type b\n'
const incr = 'file appendonly.aof.1.incr.aof seq 1 type i\n'

const read = (text: string) => readManifest(utf8(text))
const problems = (text: string) =>
  read(text).problems.map(({code, line, refused}) => `${code} ${line}${refused ? '' : ' loads'}`)

describe('a manifest that servers write', () => {
  test('names base, history and incr files', () => {
    const {entries, problems: none} = read(`${base}file h seq 1 type h\n${incr}`)
    expect(none).toEqual([])
    expect(entries.map(({name, seq, type, line}) => [name, seq, type, line])).toEqual([
      ['appendonly.aof.1.base.rdb', 1, 'b', 1],
      ['h', 1, 'h', 2],
      ['appendonly.aof.1.incr.aof', 1, 'i', 3],
    ])
  })

  test('keeps further fields and comments', () => {
    const {entries, comments} = read(`# hello\n${incr.trimEnd()} startoffset 42 endoffset 99\n`)
    expect(entries[0].fields).toEqual([
      ['startoffset', '42'],
      ['endoffset', '99'],
    ])
    expect(comments).toEqual([{line: 1, text: ' hello'}])
  })

  test('is written back byte for byte', () => {
    const text = `${base}file "a b.h" seq 1 type h\n${incr.trimEnd()} startoffset 42\n`
    expect(bytes(writeManifest(read(text).entries)).toString()).toBe(text)
  })

  test.each([
    ['file "my file" seq 1 type b\n', 'my file'],
    ["file 'my file' seq 1 type b\n", 'my file'],
    ["file 'it\\'s' seq 1 type b\n", "it's"],
    ['file "\\x61\\"b" seq 1 type b\n', 'a"b'],
    ['file "caf\\xc3\\xa9" seq 1 type b\n', 'café'],
    ['TYPE base SEQ 7 FILE x\r\n', 'x'],
    ['  file x seq 1 type b  \n', 'x'],
  ])('%j names %j', (text, name) => {
    const {entries, problems: none} = read(text)
    expect(none).toEqual([])
    expect(entries[0].name).toBe(name)
  })
})

describe('a manifest that servers refuse', () => {
  test.each([
    ['', 'MANIFEST_EMPTY 1'],
    ['\n', 'MANIFEST_SYNTAX 1'],
    [`${base}\n${incr}`, 'MANIFEST_SYNTAX 2'],
    [base.trimEnd(), 'MANIFEST_SYNTAX 1'],
    ['file x seq 0 type b\n', 'MANIFEST_SYNTAX 1'],
    ['file x seq one type b\n', 'MANIFEST_SYNTAX 1'],
    ['file x seq 1 type z\n', 'MANIFEST_SYNTAX 1'],
    ['file x seq 1\n', 'MANIFEST_SYNTAX 1'],
    ['file x seq 1 type b extra\n', 'MANIFEST_SYNTAX 1'],
    ['file "x seq 1 type b\n', 'MANIFEST_SYNTAX 1'],
    ['file "x"y seq 1 type b\n', 'MANIFEST_SYNTAX 1'],
    [`file ${'x'.repeat(1100)} seq 1 type b\n`, 'MANIFEST_SYNTAX 1'],
    [`${base}${base.replace('1.base', '2.base')}`, 'MANIFEST_DUPLICATE 2'],
    [`${incr}file y seq 1 type i\n`, 'MANIFEST_SEQUENCE 2'],
    ['file x\0y seq 1 type b\n', 'MANIFEST_SYNTAX 1'],
  ])('%j', (text, problem) => {
    expect(problems(text)).toContain(problem)
  })

  test.each([
    ['file ../x seq 1 type b\n', 'separator'],
    ['file /etc/passwd seq 1 type b\n', 'separator'],
    ['file a\\\\b seq 1 type b\n', 'separator'],
    ['file .. seq 1 type b\n', 'directory'],
    ['file "" seq 1 type b\n', 'empty'],
    ['file "x\\x00y" seq 1 type b\n', 'control'],
    ['file "x\\ny" seq 1 type b\n', 'control'],
    ['file "\\xff" seq 1 type b\n', 'UTF-8'],
  ])('%j leads nowhere', (text, detail) => {
    const {entries, problems: found} = read(`${incr}${text}`)
    expect(found).toMatchObject([{code: 'MANIFEST_PATH', line: 2}])
    expect(found[0].detail).toContain(detail)
    expect(entries).toHaveLength(1)
  })
})

describe('a manifest that servers load all the same', () => {
  test.each([
    ['# nothing\n', 'MANIFEST_EMPTY 1 loads'],
    ['file x seq 1 type i\nfile x seq 2 type i\n', 'MANIFEST_DUPLICATE 2 loads'],
    ['file x seq 1x type i\n', 'MANIFEST_SYNTAX 1 loads'],
  ])('%j', (text, problem) => {
    expect(problems(text)).toEqual([problem])
  })

  test('a comment of over 1024 bytes ends in the middle of a line', () => {
    expect(problems(`#${'x'.repeat(1100)}\n${incr}`)).toEqual(['MANIFEST_SYNTAX 2'])
  })
})

test.each([
  [base, true],
  [`# c\n${base}`, true],
  ['seq 1 type b file x\n', true],
  ['*1\r\n$4\r\nPING\r\n', false],
  ['REDIS0011', false],
  ['#TS:1\r\n*1\r\n', false],
  ['', false],
])('%j is a manifest: %s', (text, expected) => {
  expect(isManifest(utf8(text))).toBe(expected)
})

test('quoting and splitting are inverse for every byte', () => {
  const all = Uint8Array.from({length: 255}, (_, i) => i + 1)
  expect(splitArgs(utf8(`x ${quoteArg(all)} y`))?.[1]).toEqual(all)
})
