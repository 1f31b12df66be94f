// What is measured: one row per number that docs/benchmarks.md quotes.
import {existsSync, readdirSync, statSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
export const PROGRAM = [process.execPath, join(root, 'bin/run.js')]

/** A file of 3 KB that is part of the repository. */
const SMALL_FILE = join(root, 'test/fixtures/redis-7.0.15/small.rdb')

/**
 * `target`: how many times as fast as the peer respite has to be. `loads`: the peer is a server that loads the corpus, and that
 * much of its memory may be used; `digests`: that also answers DEBUG DIGEST; `rewrites`: that also rewrites its log. `writes`: where
 * the command is given `-o`, a new name every time. `peerCommand`: the peer is respite itself. `twice`: respite reads the file two times, the peer once; `keyBytes`: what it
 * may hold of each key. `damage`: respite gets a damaged copy and writes what it can bring back, for which there is no peer: the one
 * here reads the sound file, as a yardstick of the machine, and what counts is `floor`, MB/s, and `memory`.
 */
export const JOBS = [
  {
    name: 'strings',
    title: '`check` strings.rdb, in depth',
    corpus: 'strings',
    command: ['check'],
    peer: 'redis-check-rdb',
    target: 5,
  },
  {
    name: 'mixed',
    title: '`check` mixed.rdb, in depth',
    corpus: 'mixed',
    command: ['check'],
    peer: 'redis-check-rdb',
    target: 3,
  },
  {
    name: 'framing',
    title: '`check --framing` mixed.rdb',
    corpus: 'mixed',
    command: ['check', '--framing'],
    peer: 'redis-check-rdb',
    target: 8,
  },
  {
    name: 'aof',
    title: '`check` aof-sets, names and arity included',
    corpus: 'aof-sets',
    command: ['check'],
    peer: 'redis-check-aof',
    target: 10,
  },
  {
    name: 'replay',
    title: '`digest` aof-sets: replay, then digest',
    corpus: 'aof-sets',
    command: ['digest'],
    peer: 'redis-server',
    loads: 2.5,
    target: 3,
  },
  {
    name: 'compact',
    title: '`compact` aof-sets, and prove it',
    corpus: 'aof-sets',
    command: ['compact'],
    writes: true,
    peer: 'redis-server',
    loads: 2.5,
    rewrites: true,
    target: 3,
  },
  {
    name: 'workers',
    title: '`compact` aof-sets in two workers, and in one',
    corpus: 'aof-sets',
    command: ['compact', '--workers', '2'],
    writes: true,
    peer: 'respite',
    peerCommand: ['compact', '--workers', '1'],
    target: 1.6,
    memory: 700e6,
  },
  {
    name: 'load',
    title: '`check --replay` mixed.rdb, in depth: loaded',
    corpus: 'mixed',
    command: ['check', '--replay'],
    peer: 'redis-server',
    loads: 2.5,
    target: 2,
  },
  {
    name: 'diff',
    title: '`diff` mixed.rdb and itself',
    corpus: 'mixed',
    command: ['diff', '--show', 'summary'],
    twice: true,
    keyBytes: 50,
    peer: 'redis-check-rdb',
    target: 0.5,
  },
  {
    name: 'report',
    title: '`report` on mixed.rdb',
    corpus: 'mixed',
    command: ['report'],
    peer: 'redis-check-rdb',
    target: 1.7,
    memory: 250e6,
  },
  {
    name: 'digest',
    title: '`digest` mixed.rdb, streamed',
    corpus: 'mixed',
    command: ['digest'],
    peer: 'redis-server',
    digests: true,
    target: 2,
  },
  {
    name: 'convert',
    title: '`convert` mixed.rdb to the same version, proof included',
    corpus: 'mixed',
    command: ['convert', '--to', 'rdb'],
    writes: true,
    peer: 'redis-check-rdb',
    target: 2,
    memory: 200e6,
  },
  {
    name: 'older',
    title: '`convert --for redis-6.2` mixed.rdb, proof included',
    corpus: 'mixed',
    command: ['convert', '--to', 'rdb', '--for', 'redis-6.2'],
    writes: true,
    peer: 'redis-check-rdb',
    target: 1,
    memory: 200e6,
  },
  {
    name: 'resp',
    title: '`convert --to resp` mixed.rdb, proof included',
    corpus: 'mixed',
    command: ['convert', '--to', 'resp'],
    writes: true,
    peer: 'redis-check-rdb',
    target: 1.2,
    memory: 200e6,
  },
  ...['jsonl', 'json'].map((to) => ({
    name: to,
    title: `\`convert --to ${to}\` mixed.rdb, without the second proof`,
    corpus: 'mixed',
    command: ['convert', '--to', to, '--no-proof'],
    writes: true,
    peer: 'redis-check-rdb',
    target: 0.7,
    memory: 200e6,
  })),
  {
    name: 'repair',
    title: '`repair --no-replay` aof-sets, a hole and a cut end',
    corpus: 'aof-sets',
    command: ['repair', '--no-replay'],
    damage: {cut: true},
    peer: 'redis-check-aof',
    floor: 300,
    memory: 200e6,
  },
  {
    name: 'salvage',
    title: '`salvage` mixed.rdb, a hole',
    corpus: 'mixed',
    command: ['salvage'],
    damage: {},
    peer: 'redis-check-rdb',
    floor: 200,
    memory: 200e6,
  },
  {
    name: 'split',
    title: '`split --no-proof` mixed.rdb into three parts',
    corpus: 'mixed',
    command: ['split', '--nodes', '3', '--for', 'valkey-9.0', '--no-proof'],
    writes: true,
    peer: 'redis-check-rdb',
    target: 0.5,
  },
]

/** Exit status of a command that brought something back and lost something. */
export const LOST_SOMETHING = 3

/** Start-up: how much longer than `node -e 0` a command may take. */
export const NOTHING = [process.execPath, '-e', '0']
export const STARTS = [
  {title: '`respite --version`', command: [...PROGRAM, '--version'], limitMs: 110},
  {title: '`respite check`, 3 KB file', command: [...PROGRAM, 'check', SMALL_FILE], limitMs: 170},
]

/** What may be used at the peak: whatever the size of the file; or in proportion, where the dataset is loaded. */
export const memoryLimit = ({loads, memory, keyBytes = 12}, keys, peerPeak) =>
  memory ?? (loads === undefined ? 130e6 + keyBytes * keys : loads * peerPeak)

/**
 * The file that both programs are given, and every file that they will read. Of an AOF set that is its manifest; servers
 * before 7.0 wrote one file.
 *
 * @throws Error when it is not in `dir`.
 */
export function corpusFiles(dir, name) {
  const candidates =
    name === 'aof-sets'
      ? ['aof-sets/appendonlydir/appendonly.aof.manifest', 'aof-sets/appendonly.aof']
      : [`${name}.rdb`]
  const path = candidates.map((file) => join(dir, file)).find((file) => existsSync(file))
  if (path === undefined) {
    throw new Error(
      `${join(dir, candidates[0])} is missing: node bench/corpus.js --out ${dir} makes it`,
    )
  }
  const folder = dirname(path)
  const files = path.endsWith('.manifest')
    ? readdirSync(folder).map((file) => join(folder, file))
    : [path]
  return {path, files, bytes: files.reduce((sum, file) => sum + statSync(file).size, 0)}
}
