/** Kernels that write and read text formats. */
export interface TextKernel {
  /** What kernels call while they write text; set by whoever has them do it. */
  readonly textHooks: TextHooks
  /**
   * Write [start, end) as a string in one of the TEXT_ modes at `out`, where six bytes for each of its bytes and 20 more may be
   * written over. Returns the end, or 0 for what is no UTF-8.
   */
  textString(start: number, end: number, out: number, mode: number): number
  /** Write a double that is no integer at `out` as JavaScript prints it; returns the end, or 0 for what is left to the caller. */
  shortestText(value: number, out: number): number
  /** The same without quotation marks: a part of a string that begins and ends between characters. */
  textBody(start: number, end: number, out: number, mode: number): number
  /**
   * Address of the quotation mark that ends the JSON string whose first character is at `next`; 0 when it is not below `limit`, with
   * REG_NEXT an address that no escape sequence lies across.
   */
  jsonEnd(next: number, limit: number): number
  /** Decode the inside of a JSON string to `out`, which may be `start`. Returns the end; 0 where it is none, at REG_ERROR_AT. */
  jsonDecode(start: number, end: number, out: number): number
  base64Encode(start: number, end: number, out: number): number
  /** Decode [start, end) to `out`, which may be `start`. Returns the end, or 0 for what is no base64. */
  base64Decode(start: number, end: number, out: number): number
  /** Write an integer in decimal at `out`, where 24 bytes may be written over. Returns the end. */
  putInteger(out: number, value: number): number
  /** Write the id of a stream's entry, 16 bytes at `id`, as `ms-seq`, likewise. */
  putStreamId(out: number, id: number): number
  /**
   * Write the entries in [start, end), which rdbRun() found right, at `out`: as lines, or else as parts of a document, without the
   * first `skip` bytes. `area` has `room` bytes for expanded strings. Returns the end of the text.
   */
  textRun(
    start: number,
    end: number,
    out: number,
    lines: number,
    skip: number,
    area: number,
    room: number,
  ): number
}

export interface TextHooks {
  /** Empty the buffer at TEXT_OUT, which is full up to `end`. */
  full(end: number): void
  /** Write a double at `out`. Returns the end. */
  number(value: number, out: number): number
  /** The same for the double that servers read in a span. */
  score(start: number, end: number, out: number): number
}
