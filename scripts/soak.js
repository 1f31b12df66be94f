// The campaigns of test/reliability, and random streams beside servers, with large budgets: hours. `npm run soak [-- name]`, where
// a name is that of a campaign or `differential`. RESPITE_SEED repeats a run, of salvage the one round that has that seed, as it does
// without soak; RESPITE_SERVERS adds servers, RESPITE_STREAMS says how many streams each gets.
import {spawnSync} from 'node:child_process'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const run = (program, args, env) =>
  spawnSync(program, args, {cwd: root, stdio: 'inherit', env: {...process.env, ...env}})

const built = run(process.execPath, ['scripts/build.js', '--kernel'], {})
if (built.status !== 0) process.exit(built.status ?? 1)

const STREAMS = 'test/engine/differential'
const wanted = process.argv
  .slice(2)
  .map((name) => (name === 'differential' ? STREAMS : `test/reliability/${name}`))
const {status} = run(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--verbose',
    ...(wanted.length > 0 ? wanted : ['test/reliability', STREAMS]),
  ],
  {RESPITE_SOAK: '1', RESPITE_STREAMS: process.env.RESPITE_STREAMS ?? '50000'},
)
process.exit(status ?? 1)
