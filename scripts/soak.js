// Every suite that has a larger budget than on a push, and random streams beside servers: hours. `npm run soak [-- name ...]`, where a
// name is that of a campaign of test/reliability, `differential`, or part of a test's path. RESPITE_SOAK is the share of the budgets, by
// default 1: with 0.001 each suite runs once, as long as on a push, to see that it runs at all. RESPITE_SEED repeats a run, of salvage
// the one round that has that seed, as it does without soak; RESPITE_SERVERS adds servers, RESPITE_STREAMS says how many streams each
// gets, RESPITE_GIANT_SCALE how large giant values are: the whole takes 2 GB where files of tests lie.
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const run = (program, args, env) =>
  spawnSync(program, args, {cwd: root, stdio: 'inherit', env: {...process.env, ...env}})

// The program too: half of the suites run it.
const built = run(process.execPath, ['scripts/build.js'], {})
if (built.status !== 0) process.exit(built.status ?? 1)

const STREAMS = 'test/engine/differential'
/** Tests may take as long as they like, unless they say themselves how long. */
const DAY_MS = 24 * 3600_000

/** Suites with budgets, wherever they lie. */
const budgeted = () =>
  readdirSync(join(root, 'test'), {recursive: true})
    .filter((name) => name.endsWith('.test.ts') && !name.startsWith('reliability'))
    .map((name) => join('test', name))
    .filter((path) => /\b(?:SOAK|budget\()/.test(readFileSync(join(root, path), 'utf8')))

function suite(name) {
  if (name === 'differential') return STREAMS
  const campaign = `test/reliability/${name}`
  return existsSync(join(root, `${campaign}.test.ts`)) ? campaign : name
}

const {RESPITE_SOAK = '1', RESPITE_STREAMS, RESPITE_GIANT_SCALE} = process.env
const share = Number(RESPITE_SOAK)
const wanted = process.argv.slice(2).map(suite)
const {status} = run(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--verbose',
    `--testTimeout=${DAY_MS}`,
    ...(wanted.length > 0 ? wanted : ['test/reliability', STREAMS, ...budgeted()]),
  ],
  {
    RESPITE_SOAK,
    RESPITE_STREAMS: RESPITE_STREAMS ?? String(Math.max(500, Math.round(50_000 * share))),
    RESPITE_GIANT_SCALE: RESPITE_GIANT_SCALE ?? String(Math.max(0.05, share)),
  },
)
process.exit(status ?? 1)
