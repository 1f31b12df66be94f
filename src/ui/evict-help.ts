import type {CommandHelp} from './help.ts'

export const EVICT_HELP: CommandHelp = {
  summary: 'Show what a maxmemory policy would take away from a dataset, and write what stays.',
  description: [
    'Memory is estimated as for report, idle times, LFU counters and expiries are those of the file. Of a log with #TS',
    'lines, keys are idle since the last command that named them. Eviction is exact: what asks most to go goes first; with --samples it is',
    'done as servers do it, by chance and a pool of sixteen. Where too little may go, it says how many keys do not fit, whose writes fail',
    '(all of them under noeviction).\n\n',
    'Exit status: 0 room was made, 1 it was not, or the file lacks what the policy needs; damage; 3 written with losses; 10 unreadable.',
  ].join(' '),
  examples: [
    {
      description: 'What would go if this server had 2 GB?',
      command: '<%= config.bin %> evict dump.rdb --maxmemory 2gb --policy allkeys-lru',
    },
    {
      description: 'As a server samples keys, ten at a time',
      command: '<%= config.bin %> evict dump.rdb --maxmemory 2gb --policy allkeys-lfu --samples 10',
    },
    {
      description: 'Fit a backup into a smaller server: keep what expires last',
      command:
        '<%= config.bin %> evict dump.rdb --maxmemory 512mb --policy volatile-ttl -o small.rdb',
    },
  ],
}
