/** Writes one file of an edit, and finds out that it is there. */
import {AofReader} from '../formats/aof/reader.ts'
import {writeFramed} from '../formats/aof/writer.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {PatchableSink} from '../formats/rdb/write-output.ts'
import type {Host} from '../io/host.ts'
import type {SetFile} from '../io/publish-set.ts'
import type {EditedFile} from './edit.ts'
import {copySpan, copySummed, type Sum, SummedSink} from './summed-sink.ts'
import type {Inspection} from './verify-edit.ts'

export interface ProvenFile extends Pick<SetFile, 'produce' | 'readBack'> {
  verify(path: string): void
}

/**
 * How one file is written and read back: one reading shows that the bytes are there and that they are a log. What another part of the
 * program makes, and goes back to, has no sum before it is finished: that is read back once more.
 */
export function proven(
  host: Host,
  file: EditedFile,
  inspect: (path: string, file: EditedFile) => Inspection,
): ProvenFile {
  const refuse = ({refusal}: Inspection) => {
    if (refusal !== null) throw refusal
  }
  if (file.parts.some(({kind}) => kind === 'made')) {
    return {
      produce: (sink) => writeParts(host, file, sink),
      verify: (path) => refuse(inspect(path, file)),
    }
  }
  let written: Sum
  let read: Inspection
  return {
    produce(sink) {
      const summed = new SummedSink(sink, new Cursor(host.kernel))
      writeParts(host, file, summed)
      written = summed.sum
    },
    readBack(path) {
      read = inspect(path, file)
      return read.sum.bytes === written.bytes && read.sum.crc === written.crc
    },
    verify: () => refuse(read),
  }
}

/** Write the parts of one file to `sink`, reading its source once. */
export function writeParts(host: Host, {path, parts}: EditedFile, sink: PatchableSink): void {
  const summed = sink instanceof SummedSink ? sink : null
  const c = summed?.c ?? new Cursor(host.kernel)
  const openAt = (offset: number) => {
    c.open(host.open(path, {crc: summed !== null, offset}), offset)
  }
  let open = summed !== null
  // A sum may need the cursor's scratch room before the first byte of the source.
  if (summed) openAt(parts.find((part) => 'start' in part)?.start ?? 0)
  for (const part of parts) {
    if (part.kind === 'bytes') sink.write(part.bytes, 0, part.bytes.length)
    else if (part.kind === 'made') {
      part.produce(sink)
      open = false
    } else {
      const {kind, start, end} = part
      if (!open) openAt(start)
      else if (c.offset < start) c.skip(start - c.offset)
      open = true
      if (kind === 'reframe') reframe(c, end, sink)
      else if (summed) copySummed(summed, end)
      else copySpan(c, end, sink)
    }
  }
}

function reframe(c: Cursor, end: number, sink: PatchableSink): void {
  const reader = new AofReader(c)
  while (c.offset < end && reader.next() !== 'end') writeFramed(reader, sink)
}
