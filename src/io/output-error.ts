/** An output may not be written where the user wants it, or did not come out as written. docs/exit-codes.md lists the codes. */

const EXITS = {
  OUTPUT_EXISTS: 2,
  OUTPUT_IS_INPUT: 2,
  OUTPUT_NOT_FILE: 2,
  OUTPUT_NOT_DIRECTORY: 2,
  OUTPUT_NAME: 2,
  OUTPUT_FIXED: 2,
  READ_BACK: 30,
} as const

export type OutputErrorCode = keyof typeof EXITS

export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly code: OutputErrorCode
  /** Exit status that this ends in. */
  readonly exit: number
  /** The output as the user named it. */
  readonly path: string
  readonly next: string | null

  constructor(code: OutputErrorCode, path: string, detail: string, next: string | null = null) {
    super(detail)
    this.code = code
    this.exit = EXITS[code]
    this.path = path
    this.next = next
  }

  /** The same about another name. */
  at(path: string): OutputError {
    return new OutputError(this.code, path, this.message, this.next)
  }
}
