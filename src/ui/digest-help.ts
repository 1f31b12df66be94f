import type {CommandHelp} from './help.ts'

export const DIGEST_HELP: CommandHelp = {
  summary: 'Print what DEBUG DIGEST would print, without a server.',
  description: [
    'Reads an RDB file in one pass, also in gz or zst; an AOF or a set is loaded and replayed. Two inputs with the same digest',
    'hold the same data, however they are encoded and in whatever order. Expired keys count as they stand in the file: compare',
    'with a server that has not removed them yet.\n\n',
    'DEBUG DIGEST leaves out when keys expire, consumer groups, pending entries and functions. --full prints a digest of our own',
    'that covers them.\n\n',
    'Exit status: 0 digested, 1 damaged, 10 unreadable, 20 unsupported; of several inputs the highest.',
  ].join(' '),
  examples: [
    {
      description:
        'Does this backup hold what the server holds? Compare with redis-cli DEBUG DIGEST',
      command: '<%= config.bin %> digest dump.rdb',
    },
    {
      description: 'Two files written by different servers, everything compared',
      command: '<%= config.bin %> digest --full old.rdb new.rdb',
    },
    {
      description: 'Which keys differ?',
      command:
        'diff <(<%= config.bin %> digest --keys a.rdb | sort) <(<%= config.bin %> digest --keys b.rdb | sort)',
    },
  ],
}
