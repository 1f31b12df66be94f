import type {CommandHelp} from './help.ts'

export const SALVAGE_HELP: CommandHelp = {
  summary: 'Get every intact key out of a damaged RDB file, into a valid one.',
  description: [
    'Reads an RDB that is damaged, cut off or refused for its checksum, also in gz or zst, and writes a new one with every key that',
    'is intact, byte for byte, under the same version. The input is never changed. What is lost is listed: bytes, the keys before',
    'and after, and why. Behind damage keys are taken up again only where the evidence is strong (docs/salvage.md).\n\n',
    'Exit status: 0 nothing was lost, 3 written but something was lost, 4 nothing could be recovered, 10 unreadable, 20 unsupported.',
  ].join(' '),
  examples: [
    {
      description: 'Redis does not start because of its dump: what can be saved?',
      command: '<%= config.bin %> salvage dump.rdb -o recovered.rdb',
    },
    {
      description: 'First only look: what would be kept and lost',
      command: '<%= config.bin %> salvage dump.rdb --dry-run',
    },
    {
      description:
        'Everything that is left, for an inquest: parts of collections, the lost bytes, a report',
      command:
        '<%= config.bin %> salvage dump.rdb -o recovered.rdb --partial --lost-and-found lost --report lost.json',
    },
  ],
}
