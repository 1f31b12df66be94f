import type {CommandHelp} from './help.ts'

export const COMPACT_HELP: CommandHelp = {
  summary: 'Rewrite an append-only file as BGREWRITEAOF does, without a server or a fork.',
  description: [
    'Replays the log in parts, side by side on the cores and in as many as --max-memory asks for, and writes what is there at its end:',
    'a set (a base, an empty log, the manifest), one file with --single, or an RDB with --to rdb. All of it is read back, and its full',
    'digest has to be that of the replay before anything gets its name.\n\n',
    '--keep-since compacts only what is older than a point and leaves the newer commands as they are, so that rewind and undo still',
    'reach back to it: a time (2024-05-01T10:00:00Z, or @1714557600), OFFSET, #N, before:OFFSET, FILE:OFFSET as in rewind --to.\n\n',
    'Exit status: 0 done, 1 the input is damaged (see respite repair), 2 the output is there already, 20 a command or value that',
    'only a server can handle, 32 one part of it needs more memory than allowed. Nothing is written then.',
  ].join(' '),
  examples: [
    {
      description: 'How large would it be, and how much memory would it take?',
      command: '<%= config.bin %> compact /var/lib/redis/appendonlydir --dry-run',
    },
    {
      description: "A stopped server's log, in place, with a limit; what it was stays beside it",
      command: '<%= config.bin %> compact /var/lib/redis/appendonlydir --in-place --max-memory 1gb',
    },
    {
      description: 'Keep the last week of commands for point-in-time recovery',
      command:
        '<%= config.bin %> compact /backup/appendonlydir --keep-since 2024-05-01 -o /backup/compacted',
    },
  ],
}
