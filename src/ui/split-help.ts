import type {CommandHelp} from './help.ts'

export const SPLIT_HELP: CommandHelp = {
  summary: 'Split any input into files for the nodes of a cluster, or by database, type or prefix.',
  description: [
    'Reads everything first and lists what the target cannot hold, then writes all parts in one pass. Function libraries go into every part.',
    'Each part is read back; all of them together have to give the full digest of the input. split.json, which names them, comes last.\n\n',
    'Exit status: 0 split, 3 split without what --drop names, 20 the target cannot hold something, 1 the input is damaged.',
  ].join(' '),
  examples: [
    {
      description: 'Move a single server to a new cluster of three masters',
      command: '<%= config.bin %> split dump.rdb --nodes 3 -o parts',
    },
    {
      description: 'Give every node about as many bytes: look at the ranges first',
      command:
        '<%= config.bin %> split dump.rdb --nodes 3 --balance bytes --plan-only -o plan.json',
    },
    {
      description: 'Take two applications apart that share a server',
      command: "<%= config.bin %> split dump.rdb --part shop='shop:*' --part blog='blog:*' -o apps",
    },
  ],
}
