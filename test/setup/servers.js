// Runs before the tests: finds redis-server, installs it where that is allowed, says which tests are skipped without it.
import {execFileSync} from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {delimiter, dirname, join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'

const tests = join(dirname(fileURLToPath(import.meta.url)), '..')
const PACKAGES = ['redis-server', 'redis-tools']
/** Debian asks this program before it starts a service; 101 says no. */
const POLICY = '/usr/sbin/policy-rc.d'

function runnable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function findServer() {
  const given = process.env.REDIS_SERVER
  if (given) return runnable(given) ? given : undefined
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'redis-server')).find(runnable)
}

const mayInstall = () =>
  process.getuid?.() === 0 && existsSync('/etc/debian_version') && !process.env.REDIS_SERVER

/** Install with apt-get, without starting the service. Returns what went wrong, if anything. */
function install() {
  console.log(`redis-server is missing: installing ${PACKAGES.join(', ')} with apt-get`)
  const apt = (...args) =>
    execFileSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'},
    })
  const ownPolicy = !existsSync(POLICY)
  try {
    if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', {mode: 0o755})
    apt('update')
    apt('install', '-y', '--no-install-recommends', ...PACKAGES)
    return undefined
  } catch (error) {
    return error.message
  } finally {
    if (ownPolicy) rmSync(POLICY, {force: true})
  }
}

/** Test files that ask a real server. */
function serverTests() {
  return readdirSync(tests, {recursive: true})
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) =>
      /support\/server\.ts'|'\.\/server\.ts'/.test(readFileSync(join(tests, name), 'utf8')),
    )
    .map((name) => relative(join(tests, '..'), join(tests, name)))
    .sort()
}

function report(server) {
  const version = execFileSync(server, ['--version'], {encoding: 'utf8'})
  console.log(`tests use ${server}: ${/v=(\S+)/.exec(version)?.[1] ?? version.trim()}`)
  const newer = process.env.RESPITE_SERVERS
  if (newer) console.log(`and those in ${newer}`)
}

function explain(reason) {
  console.log(`No redis-server: ${reason}. Set REDIS_SERVER to one, or put it on PATH.`)
  console.log('Parts of these tests are skipped, because they ask a real server:')
  for (const name of serverTests()) console.log(`  ${name}`)
  if (process.env.CI === 'true') {
    console.log('CI=true: a missing server is a failure.')
    process.exitCode = 1
  }
}

let problem = 'it is not on PATH, and only root on Debian can have it installed'
if (!findServer() && mayInstall()) problem = install() ?? 'apt-get installed none on PATH'
const server = findServer()
if (server) report(server)
else if (process.env.REDIS_SERVER) explain(`${process.env.REDIS_SERVER} cannot be run`)
else explain(problem)
