import type {CommandHelp} from './help.ts'

export const DIGEST_HELP: CommandHelp = {
  summary: 'Print what DEBUG DIGEST would print, without a server or of one.',
  description: [
    'Reads an RDB file in one pass, also in gz or zst; an AOF or a set is loaded and replayed; a live server (redis://host:port,',
    'or -h, -p, -s, -u) is read with SCAN and DUMP. Two inputs with the same digest',
    'hold the same data, however they are encoded and in whatever order. Expired keys count as they stand in the file: compare',
    'with a server that has not removed them yet.\n\n',
    'DEBUG DIGEST leaves out when keys expire, consumer groups, pending entries and functions. --full prints a digest of our own',
    'that covers them.\n\n',
    'What only a server can replay, scripts in old logs above all, --engine replays on an empty one.\n\n',
    'Exit status: 0 digested, 1 damaged, 10 unreadable, 12 and 31 no way to the server, 13 it changed, 20 unsupported; of several inputs the highest.',
  ].join(' '),
  examples: [
    {
      description: 'Does this backup hold what the server holds?',
      command: '<%= config.bin %> digest --full dump.rdb redis://localhost:6379',
    },
    {
      description: 'A log with scripts in it, replayed on an empty server',
      command: '<%= config.bin %> digest appendonly.aof --engine redis://localhost:7000',
    },
    {
      description: 'Which keys differ?',
      command:
        'diff <(<%= config.bin %> digest --keys a.rdb | sort) <(<%= config.bin %> digest --keys b.rdb | sort)',
    },
  ],
}
