import type {CommandHelp} from './help.ts'

export const CONVERT_HELP: CommandHelp = {
  summary:
    'Turn any input into an RDB, an append-only file or commands, for any server; or into JSON, CSV, Parquet.',
  description: [
    'Reads everything first and lists what the target cannot hold. Unless --drop or --as says that it may go, nothing is written then.',
    'What is written is read back and compared by the full digest before it gets its name.\n\n',
    'Exit status: 0 converted, 3 converted without what --drop names, 20 the target cannot hold something, 1 the input is damaged.',
  ].join(' '),
  examples: [
    {
      description: 'Take a dump back to an older server',
      command: '<%= config.bin %> convert dump.rdb --to rdb --for redis-6.2 -o old.rdb',
    },
    {
      description:
        'Make an append-only file of a dump, so that a server with appendonly yes starts with its data',
      command: '<%= config.bin %> convert dump.rdb --to aof -o /var/lib/redis/appendonlydir',
    },
    {
      description: 'Query a backup with DuckDB, Spark or Trino',
      command:
        '<%= config.bin %> convert dump.rdb --to parquet --elements --drop functions -o tables',
    },
    {
      description: 'Load a part of a backup into a running server',
      command:
        "<%= config.bin %> convert backup.rdb --to resp --match 'user:*' -o - | redis-cli --pipe",
    },
  ],
}
