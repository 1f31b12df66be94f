import type {CommandHelp} from './help.ts'

export const UNDO_HELP: CommandHelp = {
  summary:
    'Take FLUSHALL, FLUSHDB, DEL or any other command out of an append-only file or AOF set.',
  description: [
    'The log is written again as if the command had never run; the input stays as it is. --list shows which commands took keys away,',
    'how many, when and where. Inside of a transaction only the command goes, and the transaction where nothing is left of it. What',
    'came later stays, and is applied to the data that is back, unless --drop-after is given. Input and output are replayed: right',
    'before the command both must have the same keys and the same digest.\n\n',
    'With --match only commands that write such keys count; of DEL, UNLINK and others whose arguments are all keys, those that do not',
    'match stay in the record.\n\n',
    'What a rewrite has removed from the log is in no log any more, unless history files are still there (aof-disable-auto-gc yes):',
    'they are used then.\n\n',
    'Exit status: 0 done, 1 there is no such command, 2 no such place, 3 done, but commands behind it fail now or not all could be',
    'replayed, 4 the log has no data from before.',
  ].join(' '),
  examples: [
    {
      description: 'Who took the keys away, when, and how many?',
      command: '<%= config.bin %> undo --list /var/lib/redis',
    },
    {
      description:
        'Take the last FLUSHALL out, and write what a server can load to a new directory',
      command: '<%= config.bin %> undo flushall /var/lib/redis --last -o /var/lib/redis-undone',
    },
    {
      description: 'Bring back session keys that were deleted in one hour',
      command:
        "<%= config.bin %> undo appendonlydir --command del --match 'session:*' --since 2024-05-01T10:00:00Z --until 2024-05-01T11:00:00Z -o undone",
    },
  ],
}
