/** The flags of `serve`. */
import {Flags} from '#oclif'
import {inputFlags, pointFlag, sizeFlag} from './base-command.ts'
import {POLICIES} from './engine/eviction/policies.ts'

export const serveFlags = {
  ...inputFlags,
  at: pointFlag({summary: 'The state at a time, OFFSET, #N or before:OFFSET of a log.'}),
  'as-of-clock': Flags.boolean({summary: 'Stop the time when the data was saved.'}),
  port: Flags.integer({
    char: 'p',
    summary: 'Listen there; 0, the default, takes any that is free.',
    min: 0,
    max: 65535,
  }),
  bind: Flags.string({
    summary: 'Address to listen on; other than loopback only with a password.',
    default: '127.0.0.1',
    helpValue: 'ADDRESS',
  }),
  unixsocket: Flags.string({summary: 'Listen on this socket.', helpValue: 'PATH'}),
  'requirepass-file': Flags.string({
    summary: 'Ask for the password in the first line of this file.',
    helpValue: 'FILE',
  }),
  maxclients: Flags.integer({summary: 'Clients at a time.', default: 10000, min: 1}),
  writable: Flags.boolean({summary: 'Take commands that write; the input never changes.'}),
  save: Flags.string({
    summary: 'Where SAVE, SHUTDOWN and the end write the data as an RDB; needs --writable.',
    helpValue: 'FILE',
  }),
  force: Flags.boolean({summary: 'Replace the FILE of --save if it is there.'}),
  maxmemory: sizeFlag({summary: 'What clients may store; 0 for what there is.', default: 0}),
  'maxmemory-policy': Flags.option({
    options: POLICIES,
    summary: 'What goes when it is more.',
    default: 'noeviction',
  })(),
  'maxmemory-samples': Flags.integer({
    summary: 'Keys that are looked at for each that goes.',
    default: 5,
    min: 1,
    max: 64,
  }),
  appendonly: Flags.string({
    summary: 'Keep every change in an append-only set, as a server does; needs --writable.',
    helpValue: 'DIR',
  }),
  appendfsync: Flags.string({
    summary: 'When what is kept there has to be on the disk.',
    options: ['always', 'everysec', 'no'],
    default: 'everysec',
  }),
  'auto-aof-rewrite-percentage': Flags.integer({
    summary: 'Begin the set anew when it has grown by so much; 0 for never.',
    default: 100,
    min: 0,
  }),
  'auto-aof-rewrite-min-size': sizeFlag({
    summary: 'But not below this size.',
    default: 64 * 0x100000,
  }),
  'aof-timestamps': Flags.boolean({
    summary: 'Say in it when commands were written; servers since 7.0 read that.',
    dependsOn: ['appendonly'],
  }),
  'listen-replicas': Flags.boolean({
    summary: 'Let servers replicate: REPLICAOF, PSYNC; needs --writable.',
  }),
  'repl-backlog-size': sizeFlag({
    summary: 'What is kept of the changes for replicas that come back.',
    default: 0x100000,
  }),
  'repl-output-limit': sizeFlag({
    summary: 'A replica that lets more than this pile up is disconnected.',
    default: 256 * 0x100000,
  }),
  debug: Flags.boolean({summary: 'Answer DEBUG DIGEST, DIGEST-VALUE, OBJECT and SLEEP.'}),
}
