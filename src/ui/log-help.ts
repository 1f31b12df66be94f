import type {CommandHelp} from './help.ts'

export const LOG_HELP: CommandHelp = {
  summary: 'List the commands of an append-only file or set.',
  description: [
    'Prints one line per command: its number over all files, its offset, its time where the log has #TS annotations, the selected',
    'database and the arguments. With --json one JSON document per line, a summary last. What a base holds are keys, not commands:',
    'it is named and stepped over. Damage is told on stderr, and the list goes on behind it.\n\n',
    'Exit status: 0 listed, 1 damage or nothing that matches, 2 an RDB file, 10 unreadable.',
  ].join(' '),
  examples: [
    {
      description: 'Who emptied the database, and when?',
      command: '<%= config.bin %> log --command FLUSHALL,FLUSHDB /var/lib/redis/appendonlydir',
    },
    {
      description: 'The life of one key, with its value before and after each command',
      command: '<%= config.bin %> log --key user:42 --values appendonly.aof',
    },
    {
      description: 'What makes this log so large?',
      command: '<%= config.bin %> log --stats appendonlydir',
    },
  ],
}
