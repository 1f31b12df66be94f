import type {CommandHelp} from './help.ts'

export const SERVE_HELP: CommandHelp = {
  summary: 'Answer redis-cli and client libraries from a file, as the server would.',
  description: [
    'Loads an RDB file, a log or a set into memory and listens, on the loopback address unless --bind says otherwise. Clients speak RESP2 or RESP3.',
    'They read: commands that write are refused unless --writable lets them change what is in memory, and the input never changes.',
    'Keys whose time is over are gone, as on a server;',
    '--as-of-clock stops the time when the data was saved, so that all of it is there. --at shows a log as it was at a point of its past.\n\n',
    'Ends with SIGINT, SIGTERM or SHUTDOWN. Exit status: 0 SHUTDOWN, 1 damage, 2 usage, 10 unreadable, 30 disk, 31 cannot listen, 32 too large, 130 SIGINT, 143 SIGTERM.',
  ].join(' '),
  examples: [
    {
      description: "Look into last night's backup",
      command: '<%= config.bin %> serve --port 6390 --as-of-clock backup/dump.rdb',
    },
    {
      description: 'The data before it was deleted, at a time of the log',
      command: '<%= config.bin %> serve --at 2024-05-01T10:00:00Z --port 6390 appendonlydir',
    },
    {
      description: 'A master for servers that replicate from it',
      command: '<%= config.bin %> serve --writable --listen-replicas --port 6390 backup/dump.rdb',
    },
    {
      description: 'On a socket that nobody else may use, with a password',
      command:
        '<%= config.bin %> serve --unixsocket /run/user/1000/backup.sock --requirepass-file secret.txt dump.rdb',
    },
    {
      description: 'Try a change out, and keep what comes of it in another file',
      command: '<%= config.bin %> serve --writable --save changed.rdb dump.rdb',
    },
    {
      description: 'As a server that keeps its log and forgets what was not used for long',
      command:
        '<%= config.bin %> serve --writable --appendonly appendonlydir --maxmemory 1gb --maxmemory-policy allkeys-lru dump.rdb',
    },
  ],
}
