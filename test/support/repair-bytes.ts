/** `repair` of one log in memory: no disk, no process for each of thousands of damaged files. */
import {DEFAULT_COMMANDS} from '../../src/engine/commands/table.ts'
import {Cursor} from '../../src/formats/bytes/cursor.ts'
import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'
import {editedFile, planFiles} from '../../src/operations/repair-plan.ts'
import {ReportBuilder} from '../../src/operations/report-builder.ts'
import {type LogScan, scanLog} from '../../src/operations/scan-log.ts'
import {writeParts} from '../../src/operations/write-parts.ts'
import {memoryHost} from './memory-host.ts'

const host = memoryHost(createKernel(loadKernelModule()), 0x10000)

export interface RepairedBytes {
  readonly bytes: Buffer
  readonly scan: LogScan
}

export function repairBytes(
  input: Uint8Array,
  {tailOnly = false, insideArguments = false} = {},
): RepairedBytes {
  host.hold(input)
  const c = new Cursor(host.kernel)
  const builder = new ReportBuilder('log', 'deep')
  const file = {path: 'log', name: 'log', role: 'aof', bytes: 0, seq: 1, head: 'aof'} as const
  const options = {input: 'log', table: DEFAULT_COMMANDS, databases: 16, insideArguments}
  const scan = scanLog(host, c, builder, {...file, loaded: true}, true, options)
  const [planned] = planFiles(host, [scan], tailOnly)
  const place = {name: 'log', type: 'i', seq: 1, fields: []} as const
  const edited = editedFile(planned, {...place, fields: []}, tailOnly)
  const parts: Buffer[] = []
  writeParts(host, edited, {
    write: (memory, start, end) => void parts.push(Buffer.from(memory.subarray(start, end))),
  })
  return {bytes: Buffer.concat(parts), scan}
}
