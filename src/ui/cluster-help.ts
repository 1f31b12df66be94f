import type {CommandHelp} from './help.ts'

export const BOOTSTRAP_HELP: CommandHelp = {
  summary: 'Make a cluster of nodes that hold the parts of a split: print how, or do it.',
  description: [
    'Each node starts in cluster mode with its part as dump.rdb. Then slots are given out (ADDSLOTSRANGE, before 7.0 ADDSLOTS), and the nodes meet.',
    'Without --run a script for redis-cli is printed and no node is asked. With --run all nodes are looked at first: cluster mode, whom they know,',
    'which slots they serve, and that each holds the keys of its slots and no others; what is done already is left out.\n\n',
    'Exit status: 0 printed or formed, 1 a node is not as the plan needs it and nothing was changed, 11 the nodes do not agree in time.',
  ].join(' '),
  examples: [
    {
      description: 'What is to be done with these parts?',
      command: '<%= config.bin %> cluster bootstrap --plan parts',
    },
    {
      description: 'Do it, on nodes that were started with their parts',
      command:
        '<%= config.bin %> cluster bootstrap --plan parts --node redis://10.0.0.1:7000 --node redis://10.0.0.2:7000 --node redis://10.0.0.3:7000 --run',
    },
    {
      description: 'A cluster of empty nodes with balanced ranges, to push into afterwards',
      command:
        '<%= config.bin %> cluster bootstrap --plan plan.json --node redis://10.0.0.1:7000 --node redis://10.0.0.2:7000 --run --empty && <%= config.bin %> push dump.rdb redis://10.0.0.1:7000 --cluster',
    },
  ],
}

export const CLUSTER_VERIFY_HELP: CommandHelp = {
  summary:
    'One verdict on a running cluster: slots, replicas, keys in wrong places, what its nodes hold.',
  description: [
    'All nodes are asked and what they say is held side by side: slots that nobody or two of them serve, nodes that fail, replicas without their master,',
    'keys in slots that their node does not serve. Then each sends the snapshot that a replica gets: a digest for each node, replicas against their',
    'masters, and one for all masters together.\n\n',
    'Exit status: 0 good, 1 findings, 12 a node lets nobody in, 31 the named node cannot be reached.',
  ].join(' '),
  examples: [
    {
      description: 'Is this cluster whole?',
      command: '<%= config.bin %> cluster verify redis://node1:7000',
    },
    {
      description: 'Does it hold what the backup holds?',
      command: '<%= config.bin %> cluster verify redis://node1:7000 --against dump.rdb',
    },
    {
      description: 'For a monitoring system, without a fork on the nodes',
      command: '<%= config.bin %> cluster verify redis://node1:7000 --no-digest --nagios',
    },
  ],
}
