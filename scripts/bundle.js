/**
 * Bundles. Loading some 200 modules of @oclif/core takes about 50 ms longer than one, and some 100 of ours another 45 ms: together
 * that is more than everything else that `respite check` does with a small file.
 */
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {build} from 'esbuild'

const ENTRY = `
export {execute} from '@oclif/core/execute'
export {Command} from '@oclif/core/command'
export * as Args from '@oclif/core/args'
export * as Flags from '@oclif/core/flags'
`

// oclif is CommonJS: inside an ES module it needs these three from us.
const BANNER = `
import {createRequire as respiteRequire} from 'node:module'
import {fileURLToPath as respitePath} from 'node:url'
const require = respiteRequire(import.meta.url)
const __filename = respitePath(import.meta.url)
const __dirname = respitePath(new URL('.', import.meta.url))
`

/**
 * The first localeCompare() of a process loads the collation tables, some 10 ms; for the names of commands, which are ASCII, the order
 * of the letters' codes is the same.
 */
const plainOrder = {
  name: 'plain-order',
  setup({onLoad}) {
    onLoad({filter: /@oclif[/]core[/]lib[/]config[/].*\.js$/}, async ({path}) => {
      const contents = readFileSync(path, 'utf8').replace(
        /(\w+)\.id\.localeCompare\((\w+)\.id\)/g,
        '($1.id < $2.id ? -1 : $1.id > $2.id ? 1 : 0)',
      )
      return {contents, loader: 'js'}
    })
  },
}

/** The parts of @oclif/core that we use, as dist/oclif.js (`#oclif` in package.json), and the licences of what went in. */
export async function bundleOclif(root) {
  const {metafile} = await build({
    absWorkingDir: root,
    stdin: {contents: ENTRY, resolveDir: root},
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    legalComments: 'none',
    banner: {js: BANNER},
    minify: true,
    // Only for plugins written in TypeScript; there are none.
    external: ['typescript'],
    plugins: [plainOrder],
    outfile: join(root, 'dist/oclif.js'),
    metafile: true,
  })
  writeFileSync(join(root, 'dist/oclif.LICENSES.txt'), licences(root, Object.keys(metafile.inputs)))
}

/**
 * What is loaded by its name, each over the module that tsc left in dist; what they share goes to dist/io/chunk-*.js. (Modules find
 * dist/kernel.wasm and dist/operations from where they lie, and those that do lie in io.)
 */
export async function bundleEntries(root) {
  const files = readdirSync(join(root, 'src/commands'), {recursive: true})
  const names = files.filter((name) => name.endsWith('.ts'))
  const commands = names.map((name) => `commands/${name}`)
  const operations = names.map((name) => `operations/${name.replaceAll('/', '-')}`)
  const servers = ['digest', 'check', 'verify'].map((name) => `${name}-on-server`)
  for (const name of [
    'check-and-replay',
    'commands-part',
    'lines-part',
    'rdb-part',
    'compact-part',
    'convert-chunks',
    'digest-part',
    'digest-source',
    'replay-part',
    'read-deep',
    'report-span',
    'digest-span',
    'ties-behind',
    ...servers,
  ]) {
    operations.push(`operations/${name}.ts`)
  }
  const entries = [...commands, ...operations, 'io/operation-worker.ts', 'index.ts']
  await build({
    entryPoints: entries.map((name) => join(root, 'src', name)).filter((path) => existsSync(path)),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    external: ['#oclif'],
    outbase: join(root, 'src'),
    outdir: join(root, 'dist'),
    chunkNames: 'io/chunk-[hash]',
  })
}

function licences(root, inputs) {
  const packages = new Set(
    inputs.map((path) => path.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean),
  )
  return [...packages]
    .sort()
    .map((path) => {
      const folder = join(root, path)
      const {name, version, license} = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      )
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
      const text =
        file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : ''
      return `${name} ${version} (${license})\n\n${text.trim()}\n`
    })
    .join(`\n${'-'.repeat(72)}\n\n`)
}
