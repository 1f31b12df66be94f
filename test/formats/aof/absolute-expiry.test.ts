import {describe, expect, test} from '@jest/globals'
import {absoluteExpiry} from '../../../src/formats/aof/absolute-expiry.ts'

const NOW = 1_700_000_000_000

const changed = (command: string) =>
  absoluteExpiry(
    command.split(' ').map((each) => Buffer.from(each)),
    NOW,
  )
    ?.map((each) => Buffer.from(each).toString())
    .join(' ') ?? null

describe('what a master before 7.0 sends', () => {
  test.each([
    ['EXPIRE k 100', 'PEXPIREAT k 1700000100000'],
    ['expire k -1', 'PEXPIREAT k 1699999999000'],
    ['PEXPIRE k 5', 'PEXPIREAT k 1700000000005'],
    ['SETEX k 10 v', 'SET k v PXAT 1700000010000'],
    ['PSETEX k 10 v', 'SET k v PXAT 1700000000010'],
    ['SET k v PX 100', 'SET k v PXAT 1700000000100'],
    ['SET k v NX ex 1 GET', 'SET k v NX PXAT 1700000001000 GET'],
    ['GETEX k EX 2', 'PEXPIREAT k 1700000002000'],
    ['RESTORE k 7 payload REPLACE', 'RESTORE k 1700000000007 payload REPLACE ABSTTL'],
    ['RESTORE-ASKING k 7 payload', 'RESTORE-ASKING k 1700000000007 payload ABSTTL'],
  ])('%s becomes %s', (command, expected) => expect(changed(command)).toBe(expected))

  test.each([
    'SET k v',
    'SET EX 10',
    'SET k v PXAT 1700000000100',
    'SET k v KEEPTTL',
    'GETEX k PERSIST',
    'PEXPIREAT k 5',
    'RESTORE k 0 payload',
    'RESTORE k 1700000000007 payload ABSTTL',
    'EXPIRE k',
    'SETEX k 10',
  ])('%s stays as it is', (command) => expect(changed(command)).toBeNull())

  test('what is no number stays for the server to refuse', () =>
    expect(changed('EXPIRE k soon')).toBe('PEXPIREAT k soon'))
})
