// Damaged copies of what bench/corpus.js made: what respite brings back is measured on them.
import {
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import {basename, dirname, join, relative} from 'node:path'

/** A lost block, as disks lose them. */
const HOLE = 4096
/** The last write did not come to its end. */
const CUT = 7

/**
 * Copy `files` to a folder in `dir` that is made anew, and damage the largest: a block of zeros in the middle, and for `cut` an end
 * that is missing. Returns the copy of `path`, where an output may go, and how to remove both.
 */
export function damagedCopy(dir, {path, files}, {cut = false}) {
  const folder = join(dir, 'damaged')
  rmSync(folder, {recursive: true, force: true})
  const input = join(folder, 'input')
  mkdirSync(input, {recursive: true})
  const from = dirname(path)
  for (const file of files) cpSync(file, join(input, relative(from, file)))
  const sizes = files.map((file) => ({file, size: statSync(file).size}))
  const {file, size} = sizes.sort((a, b) => b.size - a.size)[0]
  const fd = openSync(join(input, relative(from, file)), 'r+')
  try {
    writeSync(fd, Buffer.alloc(HOLE), 0, HOLE, size >> 1)
    if (cut) ftruncateSync(fd, size - CUT)
  } finally {
    closeSync(fd)
  }
  return {
    path: join(input, basename(path)),
    output: join(folder, 'output'),
    remove: () => rmSync(folder, {recursive: true, force: true}),
  }
}
