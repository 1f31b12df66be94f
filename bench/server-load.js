// A real server as the peer of the engine: how long it takes from its start until it has loaded a corpus, and its memory then.
import {copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {startServer} from '../scripts/fixtures/server.js'
import {highWaterKiB} from './measure.js'

const POLL_MS = 20
const COMMON = ['--save', '', '--enable-debug-command', 'yes']

/**
 * Start a server over a copy of the corpus, wait until it answers, and for `digest` also for its DEBUG DIGEST, for `rewrite` for a
 * rewrite of its log. What ends it comes after the clock was stopped.
 *
 * @throws Error when it does not load.
 */
export async function measureServer({path, files}, {server: program, port, digest, rewrite}) {
  const dir = mkdtempSync(join(tmpdir(), 'respite-bench-'))
  try {
    const args = [...COMMON, ...layOut(dir, path, files)]
    const start = performance.now()
    const server = await startServer(program, {port, dir, args})
    try {
      if (digest) await server.client.text('DEBUG', 'DIGEST')
      if (rewrite) await rewriteLog(server.client)
      const ms = performance.now() - start
      const kib = process.platform === 'linux' ? highWaterKiB(server.pid) : 0
      return {ms, peakBytes: kib > 0 ? kib * 1024 : undefined}
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(dir, {recursive: true})
  }
}

/** @throws Error when the server could not. */
async function rewriteLog(client) {
  const state = async () => client.text('INFO', 'persistence')
  await client.text('BGREWRITEAOF')
  while (/aof_rewrite(_in_progress|_scheduled):1/.test(await state())) await setTimeout(POLL_MS)
  if (!/aof_last_bgrewrite_status:ok/.test(await state())) throw new Error('the rewrite failed')
}

/** Put the files where the server looks for them. Returns its options. A log is copied: a server opens it to go on writing. */
function layOut(dir, path, files) {
  if (!path.endsWith('.manifest')) {
    symlinkSync(path, join(dir, basename(path)))
    return ['--dbfilename', basename(path)]
  }
  mkdirSync(join(dir, 'appendonlydir'))
  for (const file of files) copyFileSync(file, join(dir, 'appendonlydir', basename(file)))
  const options = ['--appendonly', 'yes', '--appendfilename', basename(path, '.manifest')]
  return [...options, '--auto-aof-rewrite-percentage', '0']
}
