/** Prefixes of a report as rows: a tree with the names of whole paths. */
import type {PrefixReport} from '../operations/report-reports.ts'
import type {Bytes} from '../operations/reports.ts'

export interface PrefixRow {
  /** What its keys begin with, or what they are. */
  path: Bytes
  depth: number
  node: PrefixReport
}

/** Every node but the root, each in front of those below it. */
export function prefixRows(root: PrefixReport): PrefixRow[] {
  const rows: PrefixRow[] = []
  const add = (node: PrefixReport, above: Buffer, depth: number): void => {
    for (const child of node.children) {
      const path = Buffer.concat([above, bufferOf(child.name)])
      rows.push({path: bytesOf(path), depth, node: child})
      add(child, path, depth + 1)
    }
  }
  add(root, Buffer.alloc(0), 0)
  return rows
}

const bufferOf = (bytes: Bytes): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes.base64, 'base64')

function bytesOf(bytes: Buffer): Bytes {
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : {base64: bytes.toString('base64')}
}
