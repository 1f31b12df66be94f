/** A Parquet file of a table whose rows come one by one. */
import type {ByteWriter, ParquetWriter} from 'hyparquet-writer'
import {collectGarbage} from '../io/collect-garbage.ts'
import type {TreeFile} from '../io/publish-tree.ts'

/** What the package exports, loaded by whoever needs it. */
export interface Parquet {
  ByteWriter: typeof ByteWriter
  ParquetWriter: typeof ParquetWriter
}

export interface ParquetSettings {
  parquet: Parquet
  /** Name of the source's partition. */
  source: string
  elements: boolean
  open(path: string): TreeFile
}

const GROUP_ROWS = 100_000
/** A row group of long texts ends early: it is held in memory. */
const GROUP_BYTES = 1 << 23
const FLUSH_BYTES = 1 << 20

export type Column = readonly [
  name: string,
  kind: 'text' | 'integer' | 'unsigned' | 'double',
  optional: boolean,
]

export type Cell = string | bigint | number | null

/** One file. */
export class ParquetTable {
  private readonly file: TreeFile
  private readonly bytes: ByteWriter
  private readonly writer: ParquetWriter
  private readonly columns: readonly Column[]
  /** As many as a row group has, whatever there is of the next one. */
  private readonly cells: (Cell[] | BigInt64Array<ArrayBuffer>)[]
  private rows = 0
  private held = 0

  constructor({parquet, open}: ParquetSettings, path: string, columns: readonly Column[]) {
    this.columns = columns
    this.cells = columns.map(roomFor)
    this.file = open(path)
    this.bytes = new parquet.ByteWriter()
    const ensure = this.bytes.ensure.bind(this.bytes)
    this.bytes.ensure = (size) => {
      if (this.bytes.index > FLUSH_BYTES) this.flush()
      ensure(size)
    }
    const schema = [{name: 'root', num_children: columns.length}, ...columns.map(elementOf)]
    this.writer = new parquet.ParquetWriter({writer: this.bytes, schema, createdBy: 'respite'})
  }

  add(row: readonly Cell[]): void {
    const {cells, rows} = this
    for (let i = 0; i < cells.length; i++) {
      const cell = row[i]
      cells[i][rows] = cell as never
      this.held += typeof cell === 'string' ? cell.length : 8
    }
    this.rows++
    if (this.rows < GROUP_ROWS && this.held < GROUP_BYTES) return
    collectGarbage()
    this.endGroup()
    collectGarbage()
  }

  finish(): void {
    if (this.rows > 0) this.endGroup()
    this.writer.finish()
    this.flush()
    this.file.close()
  }

  private endGroup(): void {
    const {columns, cells, rows} = this
    const columnData = columns.map(([name], i) => ({name, data: cells[i].slice(0, rows)}))
    this.writer.write({columnData, rowGroupSize: GROUP_ROWS})
    this.rows = 0
    this.held = 0
  }

  private flush(): void {
    const {bytes, file} = this
    file.sink.write(new Uint8Array(bytes.buffer), 0, bytes.index)
    bytes.index = 0
  }
}

function elementOf([name, kind, optional]: Column) {
  const repetition_type = optional ? ('OPTIONAL' as const) : ('REQUIRED' as const)
  if (kind === 'text') {
    return {name, type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const, repetition_type}
  }
  if (kind === 'double') return {name, type: 'DOUBLE' as const, repetition_type}
  if (kind === 'integer') return {name, type: 'INT64' as const, repetition_type}
  return {name, type: 'INT64' as const, converted_type: 'UINT_64' as const, repetition_type}
}

/** Arrays that grow would be most of the work, and of the memory. */
function roomFor([, kind, optional]: Column): Cell[] | BigInt64Array<ArrayBuffer> {
  if (kind === 'integer' && !optional) return new BigInt64Array(GROUP_ROWS)
  return new Array<Cell>(GROUP_ROWS).fill(null)
}
