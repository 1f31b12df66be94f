// Fails when oclif.manifest.json is not what the built commands give: oclif would then show old flags, or load every command.
import {execFileSync, spawnSync} from 'node:child_process'
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const name = 'oclif.manifest.json'

function generated() {
  const folder = mkdtempSync(join(tmpdir(), 'respite-manifest-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    // Not links: oclif writes down where a command really lies.
    for (const part of ['package.json', 'dist']) {
      cpSync(join(root, part), join(folder, part), {recursive: true})
    }
    execFileSync(join(root, 'node_modules/.bin/oclif'), ['manifest'], {cwd: folder, stdio: 'pipe'})
    return readFileSync(join(folder, name), 'utf8')
  } finally {
    rmSync(folder, {recursive: true})
  }
}

/** `npm ci` has built, and so has rewritten the file: only git still knows what was committed. */
function changedSinceCommit() {
  return spawnSync('git', ['diff', '--quiet', '--', name], {cwd: root}).status === 1
}

const current = readFileSync(join(root, name), 'utf8')
if (current !== generated() || (process.env.CI && changedSinceCommit())) {
  console.error(`${name} is stale. Next: npm run build, and commit the file.`)
  process.exitCode = 1
}
