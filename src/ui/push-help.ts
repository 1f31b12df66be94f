import type {CommandHelp} from './help.ts'

export const PUSH_HELP: CommandHelp = {
  summary: 'Put the data of any input into a running server or cluster.',
  description: [
    "Keys go by RESTORE, in payloads of the target's own version, pipelined; in a cluster each to the node of its slot.",
    'Where the target was empty, what is there in the end is read back and compared by the full digest.\n\n',
    'Exit status: 0 pushed, 1 the input is damaged or what is there is not what was sent, 2 a key was there already, 3 pushed without what --drop names, 20 the target cannot hold something, 32 it is full.',
  ].join(' '),
  examples: [
    {
      description: 'A backup into an empty server',
      command: '<%= config.bin %> push dump.rdb redis://127.0.0.1:6379',
    },
    {
      description:
        'A few keys back into the server that lost them, their expiries counted from now',
      command:
        "<%= config.bin %> push dump.rdb redis://db1:6379 --match 'cart:*' --skip-existing --ttl as-of-backup",
    },
    {
      description: 'A restore without a restart: the server replicates from here for a moment',
      command:
        '<%= config.bin %> push dump.rdb redis://db1:6379 --as-master --listen 10.0.0.5:7000',
    },
    {
      description: 'Into a cluster, slowly, and on from where it was interrupted',
      command:
        '<%= config.bin %> push /backup/db1 redis://node1:7000 --cluster --rate-limit 20mb --resume push.json',
    },
  ],
}
