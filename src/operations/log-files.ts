import type {ServerConfig} from '../io/layout/config.ts'
import type {FileRole, LayoutFile} from '../io/layout/types.ts'
import {layoutOf} from './layout-of.ts'
import type {ReportBuilder} from './report-builder.ts'
import type {FileReport, InputKind} from './reports.ts'

export type FileToRead = Pick<LayoutFile, 'path' | 'name' | 'role'>

export interface FilesToRead {
  files: FileToRead[]
  /** Null for a single file: its bytes say. */
  kind: InputKind | null
}

/** The files whose commands are listed, in order. What is wrong with their manifest goes into the report. @throws InputError */
export function logFiles(
  input: string,
  config: ServerConfig | null,
  builder: ReportBuilder,
): FilesToRead {
  if (input === '-') return {files: [{path: input, name: input, role: 'orphan'}], kind: null}
  const {source, kind, files, findings} = layoutOf(input, config)
  if (source === 'file' || source === 'unknown') {
    return {files: [{path: input, name: input, role: files[0]?.role ?? 'orphan'}], kind: null}
  }
  for (const {code, severity, file, offset, message, meaning} of findings) {
    if (severity !== 'note') builder.add(code, message, {file, offset}, {severity, meaning})
  }
  const read = files.filter(
    ({loaded, head, role}) => loaded && head !== null && role !== 'manifest',
  )
  return {files: read, kind: kind === 'nothing' ? 'unknown' : kind}
}

/** What a report calls a file that is read. */
export function reportRole(role: FileRole): FileReport['role'] {
  return role === 'base' || role === 'incr' || role === 'rdb' ? role : 'aof'
}
