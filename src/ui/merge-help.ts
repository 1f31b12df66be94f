import type {CommandHelp} from './help.ts'

export const MERGE_HELP: CommandHelp = {
  summary: 'Put any number of inputs together into one RDB, append-only file or commands.',
  description: [
    'Finds the keys that are in several inputs first. Unless --on-conflict says whose is kept, nothing is written then, and they are listed.',
    'What is written is read back, and has to give the full digest of what was kept.\n\n',
    'Exit status: 0 merged, 3 merged with something left out, 1 keys are in several inputs, or an input is damaged; 20 the target cannot hold something.',
  ].join(' '),
  examples: [
    {
      description: 'One file of the masters of a cluster',
      command: '<%= config.bin %> merge node-1.rdb node-2.rdb node-3.rdb -o all.rdb',
    },
    {
      description: 'Yesterday’s keys under today’s: what both have is as it is today',
      command: '<%= config.bin %> merge yesterday.rdb today.rdb --on-conflict last -o both.rdb',
    },
    {
      description: 'Two servers into one, each in a database of its own',
      command: '<%= config.bin %> merge shop.rdb blog.rdb --rename-db blog.rdb:0=1 -o one.rdb',
    },
  ],
}
