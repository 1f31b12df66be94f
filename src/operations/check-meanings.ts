/** What a finding of `check` means for a server that loads the input, and how much it weighs. */
import type {FormatErrorCode} from '../formats/errors.ts'
import type {Severity} from './reports.ts'

export interface Meaning {
  severity: Severity
  /** What a server does with it. */
  meaning: string
  /** What to do, in place of the step that the code suggests. */
  next?: string
}

const error = (meaning: string): Meaning => ({severity: 'error', meaning})
const warning = (meaning: string): Meaning => ({severity: 'warning', meaning})

const REFUSED = 'A server stops while loading this file and does not start.'
const UNCHECKED =
  'Servers do not look inside values when they load a file (7.0 and later do in ziplists and zipmaps): ' +
  'they refuse to load it, or load it and crash or answer wrongly later.'

/**
 * By code, for RDB files. Sources: rdbReportCorruptRDB() and its callers in rdb.c; the loaders of 2.8 to 8.8 and of
 * Valkey 9.1 agree in these.
 */
const RDB_MEANINGS: Readonly<Partial<Record<FormatErrorCode, Meaning>>> = {
  TRUNCATED: error(
    'A server stops here: "Short read or OOM loading DB. Unrecoverable error, aborting now."',
  ),
  RDB_MAGIC: error('A server stops here: "Wrong signature trying to load DB from file".'),
  RDB_VERSION: error(
    'A server stops here: "Can\'t handle RDB format version", or reads the file without its checksum.',
  ),
  RDB_OPCODE: error(
    'A server stops here: "Internal error in RDB reading offset", "Unknown RDB encoding type" or a crash report.',
  ),
  RDB_TYPE_VERSION: error(
    'Servers do not compare this with the version: either the version or this byte was damaged.',
  ),
  RDB_NUL: error(
    'A server takes them for empty strings under the empty key, and stops: "RDB has duplicated key".',
  ),
  RDB_LENGTH: error(REFUSED),
  RDB_STRING: error(REFUSED),
  RDB_COUNT: error(REFUSED),
  RDB_AUX: warning('A server ignores or refuses it.'),
  RDB_CHECKSUM: error(
    'A server stops here: "Wrong RDB checksum expected ... Aborting now.", unless it runs with rdbchecksum no. ' +
      'Where nothing else is found, the damage lies inside the bytes of keys or values.',
  ),
  RDB_MODULE: error(REFUSED),
  RDB_FUNCTION: error('A server stops here: it cannot load the function library.'),
  RDB_SLOT: warning('A server takes it as a hint only.'),
  RDB_SELECT: warning(
    'A server with fewer databases stops here: "Data file was created with a Redis server configured to handle more than ... databases".',
  ),
  RDB_LZF: error('A server stops here: "Invalid LZF compressed string".'),
  RDB_LISTPACK: error(UNCHECKED),
  RDB_ZIPLIST: error(UNCHECKED),
  RDB_INTSET: error(UNCHECKED),
  RDB_ZIPMAP: error(UNCHECKED),
  RDB_QUICKLIST: error(REFUSED),
  RDB_EMPTY: warning(
    'Redis 6.2.16 and 7.0 and later leave such a key out; older ones load an empty key.',
  ),
  RDB_DUPLICATE: error('A server stops here, or loads the collection with a wrong size.'),
  RDB_SCORE: error('Servers before 7.0 load it; later ones stop here, or take the score for 0.'),
  RDB_FIELD_TTL: error(
    'A server stops here: "Hash field expiry is out of range" or a similar message.',
  ),
  RDB_STREAM: error('A server stops here, or loads the stream and crashes when the entry is used.'),
  RDB_ARRAY: error(REFUSED),
  RDB_TEMPLATE: error(REFUSED),
  RDB_DUPLICATE_KEY: error(
    'A server stops here: "RDB has duplicated key", and prints a crash report.',
  ),
  RDB_TRAILING: warning('Servers ignore what stands behind the end of the data.'),
  EMPTY_INPUT: error(
    'A server stops while loading a dump of zero bytes: "Short read or OOM loading DB".',
  ),
  UNSUPPORTED: error('respite cannot tell whether this part is sound.'),
  LIMIT: error('respite cannot tell whether this part is sound.'),
}

/** Something that servers load, but that contradicts itself. */
const DOUBT = warning('Servers load it as it is; commands on this key may answer wrongly.')

export function rdbMeaning(code: FormatErrorCode, doubt = false): Meaning {
  return doubt ? DOUBT : (RDB_MEANINGS[code] ?? error(REFUSED))
}
