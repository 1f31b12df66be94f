import type {CommandHelp} from './help.ts'

export const KEYS_HELP: CommandHelp = {
  summary: 'List the keys of any input: type, encoding, elements, sizes, expiry.',
  description: [
    'Prints one row per key as the input goes by. Memory is what the server that wrote the input would say (MEMORY USAGE), estimated',
    'from the structures of its version (docs/keys.md). With --sort the first --limit keys of an order, in memory for so many.',
    'Damage is told on stderr behind the keys before it.\n\n',
    'Exit status: 0 listed, 1 damage or nothing that matches, 10 unreadable, 20 unsupported.',
  ].join(' '),
  examples: [
    {
      description: 'The ten keys that take most memory',
      command: '<%= config.bin %> keys dump.rdb --sort memory --limit 10',
    },
    {
      description: 'How many sessions have no expiry?',
      command:
        "<%= config.bin %> keys dump.rdb --match 'session:*' --json | jq -s 'map(select(.expiry == null)) | length'",
    },
    {
      description: 'Commands that delete what has expired long ago, for redis-cli',
      command:
        "<%= config.bin %> keys --expired --now 2026-01-01T00:00:00Z --template 'UNLINK {key}' appendonlydir",
    },
  ],
}
