import type {CommandHelp} from './help.ts'

export const REWIND_HELP: CommandHelp = {
  summary: 'Cut an append-only file or AOF set at a point of its past. The input stays as it is.',
  description: [
    'Point-in-time recovery: what a server that loads the output has is what was there at the point. Files that were begun after',
    'it leave the set; history files that a manifest still has are used for points before the last rewrite. The cut never goes',
    'through a transaction: one that the point lies in is left out as a whole. The result is replayed, and has to have the keys',
    'and the digest of that moment.\n\n',
    '--to takes a time (2024-05-01T10:00:00Z, UTC without a zone, or @1714557600) where the log has #TS lines; OFFSET, where the',
    'last record that stays begins; #N, the Nth command, which stays; before:OFFSET and before:#N, which go. In a set of several',
    'logs FILE:OFFSET and FILE:#N say of which file. respite undo --list and respite log show offsets and numbers.\n\n',
    'Exit status: 0 done, 2 no such point, 3 done, but the point lay inside of a transaction or the result could not be replayed,',
    '4 the point lies inside of a snapshot.',
  ].join(' '),
  examples: [
    {
      description: 'What would there be at ten in the morning?',
      command:
        '<%= config.bin %> rewind /var/lib/redis/appendonlydir --to 2024-05-01T10:00:00Z --dry-run',
    },
    {
      description: 'Everything before the command at offset 81234, to a new directory',
      command:
        '<%= config.bin %> rewind appendonlydir --to before:81234 -o /var/lib/redis/rewound/appendonlydir',
    },
    {
      description: 'The first 1000 commands, in place of the log; what it was stays beside it',
      command: "<%= config.bin %> rewind appendonly.aof --to '#1000' --in-place",
    },
  ],
}
