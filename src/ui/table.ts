/** Rows under a head, two spaces apart; numbers to the right, the columns named in `left` to the left. */
export function tableLines(
  rows: readonly (readonly string[])[],
  indent: string,
  left: readonly number[] = [],
): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const pad = (cell: string, column: number) =>
    left.includes(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
  return rows.map((row) => (indent + row.map(pad).join('  ')).trimEnd())
}

/** Names and values in two columns, the names padded to the longest. */
export function fieldLines(
  fields: readonly (readonly [string, string])[],
  indent: string,
): string[] {
  const width = Math.max(0, ...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`)
}
