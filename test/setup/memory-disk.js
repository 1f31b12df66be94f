// Files of tests lie in memory where there is room: thousands of writes wait for the disk otherwise, two of three seconds of some tests.
// Whoever sets TMPDIR has decided already.
import {accessSync, constants, statfsSync} from 'node:fs'
import {freemem} from 'node:os'

const MEMORY = '/dev/shm'
/** The tests with giant values need a few. */
const ROOM = 8e9

function isRoomy() {
  try {
    accessSync(MEMORY, constants.W_OK)
    const {bavail, bsize} = statfsSync(MEMORY)
    return bavail * bsize >= ROOM && freemem() >= ROOM
  } catch {
    return false
  }
}

if (process.env.TMPDIR === undefined && isRoomy()) process.env.TMPDIR = MEMORY
