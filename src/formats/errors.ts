/**
 * What can be wrong with an input. A code is stable: scripts and tests match on it.
 * The text says what it means; the finding's message says what was seen.
 */
export const FORMAT_ERRORS = {
  TRUNCATED: 'the input ends early',
  // RDB framing
  RDB_MAGIC: 'not an RDB file',
  RDB_VERSION: 'an RDB version that is not four (or, after VALKEY, three) digits',
  RDB_OPCODE: 'a byte that is neither an opcode nor a value type',
  RDB_NUL: 'a run of NUL bytes where an entry should start',
  RDB_TYPE_VERSION: 'a type or opcode newer than the version that the file declares',
  RDB_LENGTH: 'a byte that starts no length',
  RDB_STRING: 'a byte that starts no string',
  RDB_COUNT: 'a count that the rest of the input cannot hold',
  RDB_AUX: 'an AUX field that cannot be right',
  RDB_CHECKSUM: 'the checksum does not match the bytes',
  RDB_TRAILING: 'bytes after the end of the file',
  RDB_MODULE: 'module data that does not follow the module opcodes',
  RDB_FUNCTION: 'a function library that cannot be loaded',
  RDB_SELECT: 'a database that is out of range',
  RDB_SLOT: 'slot information that cannot be right',
  // RDB values
  RDB_LZF: 'compressed data that does not expand to its stated size',
  RDB_LISTPACK: 'a damaged listpack',
  RDB_ZIPLIST: 'a damaged ziplist',
  RDB_INTSET: 'a damaged intset',
  RDB_ZIPMAP: 'a damaged zipmap',
  RDB_QUICKLIST: 'a damaged quicklist node',
  RDB_EMPTY: 'an empty collection',
  RDB_DUPLICATE: 'an element that is there twice',
  RDB_SCORE: 'a score that is not a number',
  RDB_FIELD_TTL: 'a hash field expiry that cannot be right',
  RDB_STREAM: 'a stream whose parts contradict each other',
  RDB_ARRAY: 'a damaged array',
  RDB_TEMPLATE: 'a hash that uses an unknown template',
  RDB_DUPLICATE_KEY: 'a key that is there twice in one database',
  // AOF
  AOF_FRAMING: 'a byte that starts no record',
  AOF_LENGTH: 'a count or length that cannot be right',
  AOF_CRLF: 'a line or argument that does not end in CR LF',
  AOF_ANNOTATION: 'an annotation line that is too long',
  AOF_NUL: 'a run of NUL bytes where a record should start',
  AOF_COMMAND: 'a command that no server knows',
  AOF_ARITY: 'a command with a wrong number of arguments',
  AOF_SELECT: 'SELECT of a database that is out of range',
  AOF_MULTI: 'a transaction that does not close, or opens or closes twice',
  AOF_FLUSH: 'a command that empties databases',
  AOF_SCRIPT: 'a script that runs while the log is loaded',
  AOF_EXPIRY: 'an expiry that counts from when the log is loaded',
  AOF_FAILED: 'a command that fails when it is replayed',
  // AOF sets
  MANIFEST_SYNTAX: 'a manifest line that servers refuse',
  MANIFEST_EMPTY: 'a manifest that names no file',
  MANIFEST_PATH: 'a manifest line that points outside its directory',
  MANIFEST_SEQUENCE: 'incr files whose sequence numbers do not rise',
  MANIFEST_DUPLICATE: 'a manifest that names a file, or a base, twice',
  SET_MISSING: 'a file that the manifest names and that is not there',
  SET_ORPHAN: 'a file that belongs to no manifest',
  SET_NO_MANIFEST: 'AOF files without a manifest',
  SET_BASE: 'a missing or empty base',
  // Lines of JSON
  JSON_SYNTAX: 'a byte that does not belong here in JSON',
  JSON_STRING: 'a string that is none in JSON, or no base64',
  JSON_NUMBER: 'a number that is none, or out of range',
  JSON_FIELD: 'a field that is missing, unknown or in the wrong place',
  JSON_DUPLICATE: 'an element or a key that is there twice',
  JSON_STREAM: 'a stream whose parts contradict each other',
  JSON_COUNT: 'an end that counts other keys than there are',
  // Everything
  EXPIRED: 'keys that expired long before the input was written',
  EMPTY_INPUT: 'an input of zero bytes',
  UNKNOWN_INPUT: 'an input that is neither RDB nor AOF',
  RESP: 'what a server answered is no reply',
  WRAPPER: 'compressed data (gz, zst) that cannot be expanded',
  UNSUPPORTED: 'something that respite cannot read yet',
  LIMIT: 'a limit was hit',
} as const

export type FormatErrorCode = keyof typeof FORMAT_ERRORS

/** The input breaks its format. Everything else that can go wrong is a different error. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly code: FormatErrorCode
  /** Absolute offset, in bytes, of the first byte that cannot be right. */
  readonly offset: number
  /** What was being read, outermost first: `['db 0', 'key "user:1"', 'listpack']`. */
  readonly path: string[] = []
  /** True when the reader still knows where the next record starts: only this value is in doubt. */
  readonly framed: boolean

  constructor(code: FormatErrorCode, offset: number, detail: string, framed = false) {
    super(detail)
    this.code = code
    this.offset = offset
    this.framed = framed
  }
}
