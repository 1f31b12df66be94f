import {expect, test} from '@jest/globals'
import {readConfig} from '../../../src/io/layout/config.ts'
import {utf8} from '../../support/bytes.ts'

test('the directives that say where data lies', () => {
  const text = [
    '# appendonly no',
    'dir /var/lib/redis',
    'AppendOnly yes',
    'appendfilename "my append only.aof"',
    "appenddirname 'other dir'",
    'dbfilename x.rdb\r',
    'databases 64',
    'save ""',
    'rename-command SET mySet',
    'rename-command FLUSHALL ""',
    'include a.conf',
    'include b.conf',
    'port 1',
    'broken "line',
  ]
  const {directives, ...config} = readConfig(utf8(text.join('\n')), 'redis.conf')
  expect(config).toEqual({
    path: 'redis.conf',
    dir: '/var/lib/redis',
    appendonly: true,
    appendfilename: 'my append only.aof',
    appenddirname: 'other dir',
    dbfilename: 'x.rdb',
    databases: 64,
    savePoints: false,
    renames: new Map([['MYSET', 'SET']]),
    includes: ['a.conf', 'b.conf'],
  })
  expect(directives.get('rename-command')).toEqual([
    ['SET', 'mySet'],
    ['FLUSHALL', ''],
  ])
  expect(directives.get('port')).toEqual([['1']])
  expect(directives.has('broken')).toBe(false)
})

test('the last line counts', () => {
  expect(readConfig(utf8('appendonly yes\nappendonly no\n'), 'x').appendonly).toBe(false)
})
