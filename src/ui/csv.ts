/** One line of CSV (RFC 4180). */

/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/
const SPECIAL = /[",\r\n]/

export const csvLine = (cells: readonly (string | number | null)[]): string =>
  cells.map(csvCell).join(',')

/** Numbers stay as they are; text that a spreadsheet would compute gets an apostrophe in front. */
function csvCell(cell: string | number | null): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const text = FORMULA.test(cell) ? `'${cell}` : cell
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
