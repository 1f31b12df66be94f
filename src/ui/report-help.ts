import type {CommandHelp} from './help.ts'

export const REPORT_HELP: CommandHelp = {
  summary:
    'Show what fills a dataset: memory by type and prefix, the largest keys, expiries, advice.',
  description: [
    'Reads any inputs once, in bounded memory, and adds up what is in all of them: the nodes of a cluster are one report. Memory is what',
    'the servers that wrote them would say (docs/keys.md); times count from when the data was saved. Numbers in keys are folded:',
    'user:123:cart is user:*:cart. With --partial the state of a report is written, and parts are inputs like any other (docs/scale.md).\n\n',
    'Exit status: 0 reported, 1 damage: what stands before it is reported; 10 unreadable, 20 unsupported.',
  ].join(' '),
  examples: [
    {
      description: 'What takes the memory?',
      command: '<%= config.bin %> report dump.rdb',
    },
    {
      description: 'One page to look at in a browser, for all nodes of a cluster',
      command: '<%= config.bin %> report --slots --html cluster.html node-*.rdb',
    },
    {
      description: 'Which prefix has most keys that never expire?',
      command:
        "<%= config.bin %> report --json dump.rdb | jq -r '.prefixes.root.children | max_by(.withoutTtl).name'",
    },
  ],
}
