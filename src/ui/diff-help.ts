import type {CommandHelp} from './help.ts'

export const DIFF_HELP: CommandHelp = {
  summary: 'Compare two inputs key by key, by meaning: files, logs, sets, live servers.',
  description: [
    'Order, encodings, compression and versions do not count. Keys that differ are listed with the elements that do;',
    'with --patch also as commands that turn the first input into the second.\n\n',
    'Exit status: 0 equal, 1 different or damaged, 20 something that respite or a patch cannot deal with.',
  ].join(' '),
  examples: [
    {
      description: 'What changed since yesterday?',
      command: '<%= config.bin %> diff yesterday.rdb today.rdb',
    },
    {
      description: 'Does the replica hold what the backup holds, give or take a second of expiry?',
      command:
        '<%= config.bin %> diff dump.rdb redis://replica:6379 --ttl-tolerance 1s --show summary',
    },
    {
      description: 'Only the sessions, as commands that bring the old ones back',
      command: "<%= config.bin %> diff now.rdb before.rdb --match 'session:*' --patch undo.resp",
    },
  ],
}
