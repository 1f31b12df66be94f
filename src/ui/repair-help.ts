import type {CommandHelp} from './help.ts'

export const REPAIR_HELP: CommandHelp = {
  summary: 'Make a damaged append-only file or AOF set loadable again. The input stays as it is.',
  description: [
    'Takes out what no server can load (cut ends, NUL bytes, garbage, torn transactions), goes on behind it, and rebuilds a manifest',
    'that is lost. What is written is read back and replayed; what was cut is kept beside it.\n\n',
    'Exit status: 0 nothing was lost, 3 something was and is listed, 4 it cannot be repaired or would lose more than --max-loss.',
  ].join(' '),
  examples: [
    {
      description: 'What is wrong, and what would be lost?',
      command: '<%= config.bin %> repair /var/lib/redis --dry-run',
    },
    {
      description: 'Write a set that loads to a new directory',
      command: '<%= config.bin %> repair /var/lib/redis/appendonlydir -o /var/lib/redis/repaired',
    },
    {
      description:
        'From a script: cut what redis-check-aof --fix would, if that is not more than 1 MB',
      command: '<%= config.bin %> repair appendonly.aof --in-place --tail-only --max-loss 1mb',
    },
  ],
}
