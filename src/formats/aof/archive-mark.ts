/**
 * Marks in the log of an archive: annotations that loaders pass over. Each says where in the stream of the master the log is, and holds
 * it together:
 *
 *     '#RESPITE:' replid ':' offset ':' db ':' hash CR LF
 *
 *     replid   40 hexadecimal digits
 *     offset   of the last byte of the stream that stands before this
 *     db       that the stream has selected, - while nobody knows
 *     hash     of all bytes since the mark before this one, 16 hexadecimal digits
 *
 * The log and its position are one file and become durable together: what stands behind the last whole mark is asked for again.
 */
export interface ArchiveMark {
  id: string
  offset: number
  db: number | null
  hash: string
}

const MARK = /^#RESPITE:([0-9a-f]{40}):(\d{1,15}):(\d{1,9}|-):([0-9a-f]{16})\r?\n?$/i

export function markLine({id, offset, db, hash}: ArchiveMark): string {
  return `#RESPITE:${id}:${offset}:${db ?? '-'}:${hash}\r\n`
}

/** Null for any other annotation. */
export function parseMark(line: string): ArchiveMark | null {
  const [, id, offset, db, hash] = MARK.exec(line) ?? []
  if (id === undefined) return null
  return {id, offset: Number(offset), db: db === '-' ? null : Number(db), hash}
}
