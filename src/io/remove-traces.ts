import {type Disk, DiskError} from './disk.ts'
import {finishSwap} from './swap-directory.ts'
import {IS_DIRECTORY, ownerOf, removeEmpty, removeQuietly, type Traces} from './temporaries.ts'

/** Remove what a worker that is gone has left. */
export function removeTraces(disk: Disk, traces: readonly Traces[]): void {
  const complete = traces.findLastIndex((each) => each.complete)
  for (let i = traces.length - 1; i >= 0; i--) {
    const {made, swapped} = traces[i]
    if (swapped !== undefined) finishSwap(disk, swapped)
    if (made === undefined) continue
    if (ownerOf(made) !== null) removeQuietly(disk, made)
    else if (i > complete) removeOne(disk, made)
    // What is complete may not have come to its place: the directory that was made for it is empty then. A file stays.
    else removeEmpty(disk, made)
  }
}

/** A file, or a directory if it is empty. */
function removeOne(disk: Disk, path: string): void {
  try {
    disk.unlink(path)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    if (IS_DIRECTORY.includes(error.code)) removeEmpty(disk, path)
  }
}
