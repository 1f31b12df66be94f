import type {CommandHelp} from './help.ts'

export const PULL_HELP: CommandHelp = {
  summary:
    "Take a running server's data over the wire, as a replica does: one moment of it, whatever is written meanwhile.",
  description: [
    'The snapshot is read in depth while it goes by, checksum and every value, and gets its name only when it is whole, sound and on the disk.',
    'The server makes it as for any replica (one fork); a replica can be named in place of its master.\n\n',
    'Exit status: 0 pulled, 1 what came is no sound snapshot, 11 the server is busy, 12 it lets nobody in, 31 the connection failed.',
  ].join(' '),
  examples: [
    {
      description: 'A backup over the network',
      command: '<%= config.bin %> pull redis://db1:6379 -o dump.rdb',
    },
    {
      description: 'An archive that can be taken back to any second of the last week',
      command:
        '<%= config.bin %> pull redis://db1:6379 --archive /backup/db1 --rebase-every 24h --keep 7d',
    },
    {
      description: 'From the best replica that the Sentinels know',
      command:
        '<%= config.bin %> pull --sentinel s1:26379,s2:26379,s3:26379 --master-name mymaster -o dump.rdb',
    },
    {
      description: 'All of a cluster, from replicas so that the masters have no work',
      command: '<%= config.bin %> pull --cluster redis://node1:7000 --prefer-replicas -o backup',
    },
    {
      description: 'What would be asked of this server?',
      command: '<%= config.bin %> pull redis://db1:6379 --dry-run',
    },
    {
      description: 'Only the sessions, as JSON, into a pipe',
      command:
        "<%= config.bin %> pull redis://db1:6379 --to jsonl --match 'session:*' -o - | zstd > sessions.jsonl.zst",
    },
  ],
}
