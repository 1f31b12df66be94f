/** Texts that a command makes of a report: refused before the work begins where something is in their place. */
import {type Disk, nodeDisk} from './disk.ts'
import {holdSignals} from './hold-signals.ts'
import {OutputError} from './output-error.ts'
import {publishTree} from './publish-tree.ts'
import {removeStale, replaceFile} from './replace-file.ts'

/** Also takes away what a run left that was ended behind its last step. @throws OutputError `OUTPUT_EXISTS`. */
export function refuseExisting(path: string | undefined, force: boolean): void {
  const disk = nodeDisk()
  if (path === undefined || force || disk.lstat(path) === undefined) return
  removeStale(disk, path)
  const next = 'Name another file, or replace this one with --force.'
  throw new OutputError('OUTPUT_EXISTS', path, 'there is something already', next)
}

/** @throws as `replaceFile`; Interrupted when a signal came meanwhile: the file is there then. */
export async function publishFile(path: string, bytes: Uint8Array, force: boolean): Promise<void> {
  const disk = nodeDisk()
  await holdSignals(() => {
    const isNew = disk.stat(path) === undefined
    replaceFile(path, (sink) => sink.write(bytes, 0, bytes.length), {force, disk})
    if (isNew) disk.chmod(path, 0o644)
  })
}

/** Publish a new directory of files. @throws as `publishTree`; Interrupted as above. */
export async function publishFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
  disk: Disk = nodeDisk(),
): Promise<void> {
  await holdSignals(() =>
    publishTree(
      directory,
      (open) => {
        for (const [name, text] of Object.entries(files)) {
          const bytes = Buffer.from(text, 'utf8')
          const file = open(name)
          file.sink.write(bytes, 0, bytes.length)
          file.close()
        }
      },
      {disk},
    ),
  )
}
