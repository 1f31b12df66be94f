/** What `--help` says of each command: kept apart, so that a command shows its flags and its steps at a glance. */

export interface CommandHelp {
  summary: string
  description?: string
  examples: {description: string; command: string}[]
}

export const CHECK_HELP: CommandHelp = {
  summary: 'Verify persistence files of Redis and Valkey. Nothing is changed.',
  description: [
    "Reads an RDB file, an AOF, a multi-part AOF (its manifest or directory) or a server's data directory, also in gz or zst,",
    'and verifies it in depth: framing, checksums, every encoding, duplicates, transactions, the manifest.\n\n',
    'Exit status: 0 sound, 1 findings, 10 unreadable, 20 unsupported; of several inputs the highest.',
  ].join(' '),
  examples: [
    {
      description: 'Is this backup any good?',
      command: '<%= config.bin %> check /var/lib/redis/dump.rdb',
    },
    {
      description: "A server's whole data directory, with what its configuration says",
      command: '<%= config.bin %> check /var/lib/redis --config /etc/redis/redis.conf',
    },
    {
      description: 'From a pipe, in a cron job: silent unless something is wrong',
      command: 'ssh db1 cat /backup/dump.rdb.zst | <%= config.bin %> check -q -',
    },
  ],
}

export const INFO_HELP: CommandHelp = {
  summary: 'Show what a persistence file is and holds, without reading its values.',
  examples: [
    {
      description: 'Who wrote this file, when, and what is in it?',
      command: '<%= config.bin %> info dump.rdb',
    },
    {
      description: 'Which file would this server load, and why?',
      command: '<%= config.bin %> info /var/lib/redis --config /etc/redis/redis.conf',
    },
    {
      description: 'The replication offset of a snapshot, for a script',
      command: "<%= config.bin %> info --json dump.rdb | jq -r '.replication.offset'",
    },
  ],
}
