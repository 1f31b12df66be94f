import type {CommandHelp} from './help.ts'

export const VERIFY_HELP: CommandHelp = {
  summary: 'One verdict on a backup, for cron. Nothing is changed.',
  description: [
    'Checks an input in depth, then reads its data: an RDB as it goes by, a log by replaying it. What comes out is held against',
    'what was expected: how old it is, how many keys it has, another copy, an earlier backup, rules of your own. The copy may be',
    'a live server (redis://host:port).\n\n',
    'The baseline is a small JSON file: written when it is not there yet and the input is good, compared with from then on.',
    'Rules are a JSON object with any of minKeys, maxAge, maxKeysWithoutTtl, maxValueBytes, forbiddenPrefixes.\n\n',
    'Exit status: 0 good, 1 something failed, 10 unreadable, 20 unsupported.',
  ].join(' '),
  examples: [
    {
      description: "Last night's backup, in a cron job: silent unless something is wrong",
      command: '<%= config.bin %> verify -q /backup/dump.rdb --max-age 26h --min-keys 100000',
    },
    {
      description: 'Is it about what it was the last time?',
      command:
        '<%= config.bin %> verify /backup/dump.rdb --baseline /var/lib/respite/dump.json --max-drift 20%',
    },
    {
      description: 'Does the backup hold what the server holds? A file will do as well',
      command: '<%= config.bin %> verify /backup/dump.rdb --against redis://db1:6379',
    },
  ],
}
