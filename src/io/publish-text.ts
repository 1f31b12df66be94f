import {type Disk, nodeDisk} from './disk.ts'
import {holdSignals} from './hold-signals.ts'
import {replaceFile} from './replace-file.ts'

/**
 * Publish a small text for other programs to read: whatever was at the path is replaced in one step.
 * @throws as `replaceFile`; Interrupted when a signal came meanwhile: the text is there then.
 */
export async function publishText(
  path: string,
  text: string,
  disk: Disk = nodeDisk(),
): Promise<void> {
  await holdSignals(() => write(path, text, disk))
}

function write(path: string, text: string, disk: Disk): void {
  const bytes = Buffer.from(text, 'utf8')
  const like = disk.stat(path)
  // What is there keeps its owner and mode. inPlace: nothing is lost by replacing it with a newer one of its kind.
  replaceFile(path, (sink) => sink.write(bytes, 0, bytes.length), {like, inPlace: true, disk})
  if (like === undefined) disk.chmod(path, 0o644)
}
