// The campaigns of test/reliability with large budgets: hours. `npm run soak [-- name]`; RESPITE_SEED repeats a run.
import {spawnSync} from 'node:child_process'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const run = (program, args, env) =>
  spawnSync(program, args, {cwd: root, stdio: 'inherit', env: {...process.env, ...env}})

const built = run(process.execPath, ['scripts/build.js', '--kernel'], {})
if (built.status !== 0) process.exit(built.status ?? 1)

const wanted = process.argv.slice(2).map((name) => `test/reliability/${name}`)
const {status} = run(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--verbose',
    ...(wanted.length > 0 ? wanted : ['test/reliability']),
  ],
  {RESPITE_SOAK: '1'},
)
process.exit(status ?? 1)
