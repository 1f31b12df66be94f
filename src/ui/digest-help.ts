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
    'With --at a log is replayed up to a point only: a time (2024-05-01T10:00:00Z, UTC without a zone, or @1714557600), which takes',
    '#TS lines in the log; OFFSET, where a record starts, which is the last one then; #N, the Nth command of all that is loaded,',
    'which is the last one then. In a set, FILE:OFFSET and FILE:#N say of which file, one of the history files too. before:OFFSET',
    'and before:#N leave that record out; before:OFFSET is the file cut to so many bytes. A transaction that the point lies in is',
    'left out as a whole.\n\n',
    'Exit status: 0 digested, 1 damaged, 2 no such point, 4 the point is inside of a snapshot, 10 unreadable, 12 and 31 no way to the',
    'server, 13 it changed, 20 unsupported; of several inputs the highest.',
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
      description: 'What did it hold before the command at offset 81234?',
      command: '<%= config.bin %> digest --at before:81234 appendonlydir',
    },
    {
      description: 'Which keys differ?',
      command:
        'diff <(<%= config.bin %> digest --keys a.rdb | sort) <(<%= config.bin %> digest --keys b.rdb | sort)',
    },
  ],
}
