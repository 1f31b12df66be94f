import {describe, expect, test} from '@jest/globals'
import {parseServerUrl, type ServerSettings, serverName} from '../../src/net/server-settings.ts'

const URLS: [url: string, settings: Partial<ServerSettings>, name: string][] = [
  ['redis://', {host: '127.0.0.1', port: 6379, db: null}, 'redis://127.0.0.1:6379'],
  ['redis://db1', {host: 'db1', port: 6379}, 'redis://db1:6379'],
  ['REDIS://db1:7000/3', {host: 'db1', port: 7000, db: 3}, 'redis://db1:7000/3'],
  ['redis://[::1]:7000', {host: '::1', port: 7000}, 'redis://[::1]:7000'],
  ['redis://word@db1', {username: null, password: 'word'}, 'redis://db1:6379'],
  ['redis://:word@db1', {username: null, password: 'word'}, 'redis://db1:6379'],
  ['valkey://me:p%40ss:x@db1/', {username: 'me', password: 'p@ss:x'}, 'redis://db1:6379'],
  ['rediss://db1', {tls: {}}, 'rediss://db1:6379'],
  ['valkeys://db1', {tls: {}}, 'rediss://db1:6379'],
  ['unix:///run/r.sock', {socket: '/run/r.sock'}, 'unix:///run/r.sock'],
  [
    'redis+unix://me:word@/run/r.sock?db=2',
    {socket: '/run/r.sock', username: 'me', password: 'word', db: 2},
    'unix:///run/r.sock?db=2',
  ],
  ['redis-socket:///a%3Fb', {socket: '/a?b'}, 'unix:///a?b'],
]

describe('an address of a server', () => {
  test.each(URLS)('%s', (url, settings, name) => {
    const parsed = parseServerUrl(url)
    expect(parsed).toMatchObject(settings)
    expect(serverName(parsed)).toBe(name)
  })

  test.each([
    'redis://:secret@host:port',
    'redis://secret@host:70000',
    'redis://secret@host/db/x',
    'redis://:secret%zz@host',
    'unix://secret@relative',
  ])('%s is refused, and its password not repeated', (url) => {
    const refusal = expect.objectContaining({
      exit: 2,
      message: expect.not.stringContaining('secret'),
    })
    expect(() => parseServerUrl(url)).toThrow(refusal)
  })
})
