/** Writes with the writers under test: whole RDB files, copied from another file or called by hand. */
import {AofRewriter, type AofRewriterOptions} from '../../src/formats/aof/rewriter.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {type RdbReader, RdbRecord} from '../../src/formats/rdb/reader.ts'
import {RdbOpcode} from '../../src/formats/rdb/types.ts'
import type {PatchableSink} from '../../src/formats/rdb/write-output.ts'
import {type EntryHead, RdbWriter, type RdbWriterOptions} from '../../src/formats/rdb/writer.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {openReader} from './read-rdb.ts'

const kernel = createKernel(loadKernelModule())

/** Keeps what it is given; without `patch` it is like a pipe. */
export class MemorySink implements PatchableSink {
  private kept = Buffer.alloc(4096)
  private length = 0
  patches = 0
  patch?: PatchableSink['patch']

  constructor(patchable = true) {
    if (!patchable) return
    this.patch = (offset, memory, start, end) => {
      if (offset + end - start > this.length) throw new RangeError('a patch of what is not there')
      this.kept.set(memory.subarray(start, end), offset)
      this.patches++
    }
  }

  write(memory: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start
    if (needed > this.kept.length) {
      this.kept = Buffer.concat([this.kept], Math.max(needed, this.kept.length * 2))
    }
    this.kept.set(memory.subarray(start, end), this.length)
    this.length = needed
  }

  bytes(): Buffer {
    return this.kept.subarray(0, this.length)
  }
}

/** What a writer makes of some calls. */
export function written(
  options: RdbWriterOptions,
  calls: (writer: RdbWriter) => void,
  sink = new MemorySink(),
): Buffer {
  const writer = new RdbWriter(sink, kernel, options)
  writer.writeHeader()
  calls(writer)
  writer.finish()
  return sink.bytes()
}

export interface RewriteOptions extends RdbWriterOptions {
  /** Copy values as they are where the target allows. */
  copy?: boolean
  /** Keys to leave out. */
  skip?: (reader: RdbReader) => boolean
}

/** Read a file and write it again. */
export function rewriteRdb(
  file: Uint8Array,
  options: RewriteOptions,
  sink = new MemorySink(),
): {bytes: Buffer; writer: RdbWriter; copied: number} {
  const reader = openReader(file)
  const writer = new RdbWriter(sink, kernel, options)
  let copied = 0
  reader.readHeader()
  writer.writeHeader()
  for (let opcode = reader.next(); opcode !== RdbRecord.END; opcode = reader.next()) {
    if (opcode !== RdbRecord.ENTRY) writeOther(reader, opcode, writer)
    else if (options.skip?.(reader)) reader.skipValue()
    else if (options.copy && writer.canCopy(reader.type, reader)) {
      copied++
      reader.copyValue(writer.copyEntry(headOf(reader), reader.type))
    } else reader.readValue(writer.beginEntry(headOf(reader)))
  }
  writer.finish()
  return {bytes: sink.bytes(), writer, copied}
}

/** Read a file and write it as commands. */
export function rewriteAof(
  file: Uint8Array,
  options: AofRewriterOptions & {skip?: RewriteOptions['skip']},
): Buffer {
  const reader = openReader(file)
  const sink = new MemorySink(false)
  const rewriter = new AofRewriter(sink, options)
  reader.readHeader()
  for (let opcode = reader.next(); opcode !== RdbRecord.END; opcode = reader.next()) {
    if (opcode === RdbOpcode.SELECTDB) rewriter.selectDb(reader.record.number)
    else if (opcode === RdbOpcode.FUNCTION2) rewriter.functionLibrary(reader.record.value)
    else if (opcode === RdbRecord.ENTRY) {
      if (options.skip?.(reader)) reader.skipValue()
      else reader.readValue(rewriter.beginEntry(headOf(reader)))
    }
  }
  return sink.bytes()
}

function headOf({c, expiresAtMs, idleSeconds, freq}: RdbReader): EntryHead {
  const {memory, pinStart: keyStart, pinEnd: keyEnd} = c
  return {memory, keyStart, keyEnd, expiresAtMs, idleSeconds, freq}
}

function writeOther({record}: RdbReader, opcode: number, writer: RdbWriter): void {
  if (opcode === RdbOpcode.AUX) writer.aux(record.name, record.value)
  else if (opcode === RdbOpcode.SELECTDB) writer.selectDb(record.number)
  else if (opcode === RdbOpcode.RESIZEDB) writer.resizeDb(record.keys, record.expires)
  else if (opcode === RdbOpcode.FUNCTION2) writer.functionLibrary(record.value)
  else if (opcode === RdbOpcode.SLOT_INFO) {
    writer.slotInfo(record.number, record.keys, record.expires)
  }
}
