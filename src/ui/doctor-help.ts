import type {CommandHelp} from './help.ts'

export const DOCTOR_HELP: CommandHelp = {
  summary:
    'What is wrong with a data directory, its redis.conf and its machine. Nothing is changed.',
  description: [
    'Says what a server would load and what it would ignore, and holds its settings against the data: what a crash would lose, whether a',
    'rewrite has the disk and a fork the memory that it needs, whether maxmemory and its policy fit, who may read the files. Each finding has its',
    'figure, the reason, and what to set. The server may run or not. Without --config the defaults of servers are assumed. The data are',
    'read for their framing only: whether they are sound, `check` says.\n\n',
    'Exit status: 0 healthy, notes or not; 1 warnings or errors; 10 unreadable.',
  ].join(' '),
  examples: [
    {
      description: 'Before a server is started again',
      command: '<%= config.bin %> doctor /var/lib/redis --config /etc/redis/redis.conf',
    },
    {
      description: 'What to set, for a script',
      command:
        "<%= config.bin %> doctor --json /var/lib/redis | jq -r '.findings[] | select(.next) | .next'",
    },
    {
      description: 'As a monitoring plugin',
      command: '<%= config.bin %> doctor --nagios /var/lib/redis --config /etc/redis/redis.conf',
    },
  ],
}
