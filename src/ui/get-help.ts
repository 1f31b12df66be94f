import type {CommandHelp} from './help.ts'

export const GET_HELP: CommandHelp = {
  summary: 'Show the values of keys, as redis-cli prints them.',
  description: [
    'Reads an RDB only as far as it must; a log is replayed, to its end or to --at. Without --db a key is looked for in every database.',
    'A key is its bytes; between quotes, with the escapes of redis-cli.\n\n',
    'Exit status: 0 shown, 1 a key is not there, or damage, 10 unreadable, 20 unsupported.',
  ].join(' '),
  examples: [
    {
      description: 'What was in this hash last night?',
      command: '<%= config.bin %> get /backup/dump.rdb user:42',
    },
    {
      description: 'What was in it before 10 o’clock, from the log',
      command: '<%= config.bin %> get appendonlydir user:42 --at 2026-05-01T10:00:00Z',
    },
    {
      description: 'Put one key back into a running server',
      command:
        '<%= config.bin %> get --raw --db 0 dump.rdb config:json | redis-cli -x SET config:json',
    },
  ],
}
