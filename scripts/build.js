// Build: kernels to dist/kernel.wasm, sources to dist/, commands to oclif.manifest.json. Skips what is already fresh.
import {execFileSync} from 'node:child_process'
import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {bundleEntries, bundleOclif} from './bundle.js'
import {writeShellFiles} from './shell-files.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = (name) => join(root, 'node_modules', '.bin', name)
const run = (name, args) => execFileSync(bin(name), args, {cwd: root, stdio: 'inherit'})
const assembly = join(root, 'src/formats/kernel/assembly')

function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}
const fresh = (target, ...sources) => {
  const built = statSync(target, {throwIfNoEntry: false})?.mtimeMs ?? 0
  return built > Math.max(...sources.map((source) => newest(join(root, source))))
}

mkdirSync(join(root, 'dist'), {recursive: true})
const kernel = join(root, 'dist/kernel.wasm')
if (!fresh(kernel, 'src/formats/kernel', 'scripts/build.js')) {
  run('asc', [
    join(assembly, 'index.ts'),
    '--outFile',
    kernel,
    '-O3',
    '--noAssert',
    '--converge',
    '--runtime',
    'stub',
    '--importMemory',
    '--sharedMemory',
    '--initialMemory',
    '64',
    '--maximumMemory',
    '65536',
    '--enable',
    'simd',
    '--enable',
    'threads',
    '--memoryBase',
    '1024',
    '--use',
    'abort=',
  ])
}
const kernelOnly = process.argv.includes('--kernel')
// In dist, not the committed manifest: a fresh clone has the manifest and nothing built.
const stamp = join(root, 'dist/.built')
const made = [
  'src',
  'package.json',
  'package-lock.json',
  'tsconfig.build.json',
  'scripts/bundle.js',
  'scripts/shell-files.js',
]
if (!kernelOnly && !fresh(stamp, ...made)) {
  for (const name of readdirSync(join(root, 'dist'))) {
    if (name !== 'kernel.wasm') rmSync(join(root, 'dist', name), {recursive: true})
  }
  run('tsc', ['-p', 'tsconfig.build.json'])
  await bundleOclif(root)
  await bundleEntries(root)
  run('oclif', ['manifest'])
  const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'))
  writeShellFiles(join(root, 'dist'), read('oclif.manifest.json'), read('package.json').description)
  writeFileSync(stamp, '')
}
