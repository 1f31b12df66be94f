/**
 * Where things lie in the one WebAssembly memory that a cursor and its kernels share, in bytes.
 * Read by both sides: this file is plain enough to compile as TypeScript and as AssemblyScript.
 *
 *     0x000400  static data of the kernels
 *     0x001000  CRC-64 tables, 16 x 256 x u64
 *     0x009000  registers: results of a kernel call, u32 or u64 each (offsets below)
 *     0x00a000  spans: pairs (start u32, end u32) of up to SPAN_MAX elements
 *     0x012000  decimal text of integers found in packed encodings
 *     0x02a000  hash table of the LZF compressor, 2^16 x u32
 *     0x06a000  open-addressing table for duplicates inside one small collection
 *     0x08a000  log of key hashes, u64 each, emptied by the reader
 *     0x09a000  command table of the AOF kernels
 *     0x0ba000  byte patterns of the LZF decoder, 16 x 16 bytes
 *     0x0ba100  decimal text of two members that are compared
 *     0x0c0000  small scratch areas of the TypeScript side (decoded integers, ids); blocks of texts that are digested
 *     0x0d0000  digests: states, lanes and texts to hash (offsets below)
 *     0x0e0000  CRC advance by the last combined length, 8 x 256 x u64
 *     0x0e4000  history of the CRC kernel while it folds a long block
 *     0x100000  text that is written: the buffer in front of a sink, and what goes there next; or ids of a stream
 *     0x140000  the window: a gap for carried-over bytes, then the slots that a feed fills
 */
export const CRC_TABLES = 0x1000
export const REGISTERS = 0x9000
export const SPANS = 0xa000
export const SPAN_MAX = 4096
export const INT_TEXT = 0x12000
export const LZF_TABLE = 0x2a000
export const SEEN_TABLE = 0x6a000
export const SEEN_SLOTS = 16384
export const HASH_LOG = 0x8a000
export const HASH_LOG_MAX = 8192
export const COMMAND_TABLE = 0x9a000
export const COMMAND_TABLE_BYTES = 0x20000
/** Slots of the command table, each COMMAND_SLOT bytes: see aof-run.ts. */
export const COMMAND_SLOTS = 1024
export const COMMAND_SLOT = 64
/** Behind the slots: records seen by command index, u32 each, taken and emptied by the reader. */
export const COMMAND_COUNTS = COMMAND_TABLE + COMMAND_SLOTS * COMMAND_SLOT
export const COMMAND_COUNTS_MAX = 1024
/** A bit for each of many hashes: keys that part 0 of a dataset has, see key-parts.ts. */
export const TIED_KEYS = COMMAND_COUNTS + COMMAND_COUNTS_MAX * 4
export const TIED_KEYS_BYTES = 0x8000
/** Into so many shelves the keys of a dataset can be sorted, see dict-order.ts: more parts it cannot have. */
export const SHELVES = 256
/** Bytes of a row of aofList(). */
export const LIST_ROW = 32
export const LZF_PATTERNS = 0xba000
export const ORDER_TEXT = 0xba100
/** Texts of a score and of a member that are put into a packed sorted set or compared with one in it. */
export const ZSET_TEXT = 0xba200
export const SCRATCH = 0xc0000
export const DIGEST = 0xd0000
export const CRC_ADVANCE = 0xe0000
export const CRC_FOLD = 0xe4000
/** The same for the instance of a second thread. */
export const CRC_FOLD_2 = 0xec000
/** Records that were read together, in place of SPANS, and their keys: see aof-batch.ts. */
export const BATCH_HEAD = 20
export const BATCH_START = 0
export const BATCH_END = 4
export const BATCH_SKIPPED = 8
export const BATCH_ARGC = 12
export const BATCH_COMMAND = 16 // u16 index, u8 1 if the record is wholly for the part that was asked for
export const BATCH_KEYS = SCRATCH + 0x1000
export const BATCH_KEYS_BYTES = 0x4000
/** A block of a text that comes in pieces: see quick-digest.ts. */
export const QUICK_BLOCK = SCRATCH + 0x8000
/** Names of a stream's group and consumer, and hashes of those before: see rdb-stream.ts. */
export const STREAM_NAMES = SCRATCH + 0xa000
/** Ids of a stream's entries that are read from commands, 16 bytes each, and behind them a u32 for each: see digest-streams.ts. */
export const STREAM_IDS = 0x100000
export const STREAM_IDS_MAX = 13000
export const TEXT_OUT = 0x100000
export const TEXT_OUT_BYTES = 0x2c000
/** Texts that entries are put together of, u8 length and bytes each: by type byte what stands before a value, then these. */
export const TEXT_HEADS = 0x12c000
export const TEXT_HEAD_SIZE = 128
export const TEXT_DB = 32
export const TEXT_EXPIRES = 33
export const TEXT_FREQ = 34
export const TEXT_IDLE = 35
/** Room for what lies in another memory, and for a value that comes in pieces. */
export const TEXT_IN = 0x130000
export const TEXT_HELD = 0x138000
export const TEXT_PIECE = 0x8000
export const WINDOW = 0x140000

/** How strings are written as text: see text-strings.ts. */
export const TEXT_JSON = 0
export const TEXT_LENIENT = 1
export const TEXT_CSV = 2

/** Registers, as byte offsets from REGISTERS. */
export const REG_CRC = 0 // u64: running CRC-64
export const REG_ERROR_AT = 8 // u32: memory address of the first byte that cannot be right
export const REG_COUNT = 12 // u32: elements or entries seen
export const REG_NEXT = 16 // u32: memory address where a walk stopped
export const REG_OUT = 20 // u32: end of what was written
export const REG_HASH = 24 // u64: hash of a span
export const REG_HASHES = 32 // u32: hashes now in HASH_LOG
export const REG_ARGC = 36 // u32: arguments of an AOF record
export const REG_AUX = 40 // 8 x u32, free use by a kernel; its docstring says what
export const REG_CRC_NEXT = 72 // u64: CRC of the second of two blocks to combine
export const REG_SEEN = 80 // 2 x u32, private: epoch and number of elements of SEEN_TABLE
export const REG_LZF = 88 // u32, private: base of the positions in LZF_TABLE
export const REG_ADVANCE = 96 // u64, private: length that CRC_ADVANCE advances by
export const REG_ORDER = 104 // private: score f64, member u32, exact u32, unsorted u32 of the last pair
export const REG_RUN = 128 // counters of the run kernels, see rdb-run.ts and aof-run.ts
export const REG_STREAM = 384 // 3 x (ms u64, seq u64), 2 x u32: see stream-node.ts

/** The region of the digest kernels. A hash is five u32 in 32 bytes; a vector has one u32 of each of four lanes. */
export const SHA1_WORDS = DIGEST // 80 x u32: message schedule
export const SHA1_BLOCK = DIGEST + 0x140 // 64 bytes: the block being filled
export const SHA1_STATE = DIGEST + 0x180 // hash: the message that comes in pieces
export const LANE_WORDS = DIGEST + 0x200 // 80 vectors: message schedules
export const LANE_HASH = DIGEST + 0x700 // 5 vectors: what the last four hashes are
export const LANE_KEPT = DIGEST + 0x780 // 5 vectors: hashes kept over the next four
export const DIGEST_TOTAL = DIGEST + 0x800 // hash: all keys of the database so far
export const DIGEST_CONTENT = DIGEST + 0x820 // hash: what the elements of the value add up to
export const DIGEST_CHAIN = DIGEST + 0x840 // hash: the value so far where order matters, begun with its key
export const DIGEST_CHAIN_2 = DIGEST + 0x860 // hash: the same, begun without
export const DIGEST_VALUE = DIGEST + 0x880 // hash: the last value
export const DIGEST_ZEROS = DIGEST + 0x8a0 // hash: what to add to the content when -0 is no 0
export const DIGEST_TEMP = DIGEST + 0x8c0 // 3 hashes
export const DIGEST_TYPES = DIGEST + 0x920 // 9 hashes: types as u32be
export const DIGEST_MARKS = DIGEST + 0xa40 // 2 hashes: of "!!expire!!" and "!!hexpire!!"
export const DIGEST_MODULE = DIGEST + 0xa80 // 4 hashes: parts of a module's value
export const DIGEST_SLOTS = DIGEST + 0x1000 // see digest-slots.ts
export const SCORE_POWERS = DIGEST + 0x3000 // 87 x (u64, i32, unused): see score-text.ts
export const DIGEST_TEXT = DIGEST + 0x4000 // short texts of the TypeScript side
export const DIGEST_TEXT_BYTES = 0x1000
export const DIGEST_ROWS = DIGEST + 0x5000 // 4 x 32 bytes: see fullRows() in full-digest.ts
export const CHAIN_LINKS = DIGEST + 0x6000 // CHAIN_MAX x 5 vectors: hashes of the parts of four chains
export const CHAIN_MAX = 512

/** What is wrong with a packed blob: results of the `...Check`, `...Header` kernels. 0 is sound. */
export const PACKED_SIZE = 1 // too short, or the size in the header is not the size of the blob
export const PACKED_TERMINATOR = 2 // the last byte is not the terminator, or the entries do not end there
export const PACKED_ENCODING = 3 // a byte that starts no entry, or an element width that does not exist
export const PACKED_BEYOND = 4 // an entry that reaches beyond the blob
export const PACKED_BACK = 5 // the length that leads back over an entry is wrong or not canonical
export const PACKED_COUNT = 6 // the count in the header is not the number of entries
export const PACKED_TUPLE = 7 // the number of entries is not a multiple of the tuple
export const PACKED_DUPLICATE = 8 // a member or field that is there twice
export const PACKED_EMPTY = 9 // no element at all
export const PACKED_ORDER = 10 // elements that must ascend and do not
export const PACKED_INTEGER = 11 // an integer was expected
export const PACKED_TTL_RANGE = 12 // a field expiry below 0 or above 2^48 - 1
export const PACKED_TTL_ORDER = 13 // field expiries that are not in order
export const PACKED_SCORE_NAN = 14 // a score that is NaN
export const PACKED_TAIL = 15 // the offset of the last entry is wrong
export const PACKED_LENGTH_FORM = 16 // a short length in the long form
export const PACKED_STREAM = 17 // items that do not add up to what the stream node says

/** Flags of `listpackCheck` and `ziplistCheck`. */
export const CHECK_SCORES = 1 // the second of each pair is a score
export const CHECK_SCORE_ORDER = 2 // say in REG_AUX what is odd about the scores, AUX_ bits
export const CHECK_TTL = 4 // the third of each tuple is a field expiry

/** What is odd in a packed blob that servers load all the same: bits. */
export const AUX_UNSORTED = 1 // (score, member) do not ascend
export const AUX_NO_NUMBER = 2 // a score is no number: servers take what it begins with, or 0
export const AUX_BEHIND = 4 // bytes behind the terminator of a zipmap or stream node
export const AUX_COUNTS = 8 // a stream node miscounts its entries or its deleted items

/** Results of the LZF decoders. */
export const LZF_INPUT = 1 // the input ends inside a code
export const LZF_REFERENCE = 2 // a reference to before the start
export const LZF_LONG = 3 // more output than stated
export const LZF_SHORT = 4 // less output than stated

/** Counters of `rdbRun`, as byte offsets from REGISTERS + REG_RUN. */
export const RUN_ENTRIES = 0 // u32
export const RUN_EXPIRES = 4 // u32: entries with an expiry
export const RUN_TYPES = 8 // 32 x u32: entries by type byte

/** Flags of `rdbRun`. */
export const RUN_DEEP = 1 // check the inside of values
export const RUN_ALLOW_MS = 2 // opcode FC may stand in this file
export const RUN_ALLOW_EVICTION = 4 // opcodes F8 and F9 may stand in this file
export const RUN_STOP_ODD = 8 // leave entries to the reader whose key is empty or has control characters
export const RUN_PAIRS = 16 // log two keyed hashes of each entry: of its key, and of all that counts of it

/** Options of `rdbMeasure`, how the server's MEMORY USAGE counts; above them the allocator. */
export const MEASURE_EXACT_ALL = 1 // strings as long as they are
export const MEASURE_EXACT_PACKED = 2 // only packed encodings so
export const MEASURE_PAIRS = 4 // fields and values share allocations
export const MEASURE_HASHES = 8 // hash values

/** Rows of `rdbMeasure`, as byte offsets. */
export const MEASURE_ROW = 96
export const MEASURE_KEY = 0 // u32, the end of the key in the next
export const MEASURE_SIZE = 8 // u32: bytes of the record
export const MEASURE_ELEMENTS = 12 // u32: of packed values; of strings their length
export const MEASURE_LONGEST = 16 // u32
export const MEASURE_BLOBS = 20 // u32: packed encodings, and what they take in the next
export const MEASURE_BLOB_BYTES = 24
export const MEASURE_COUNT = 28 // u32: elements that were measured one by one
export const MEASURE_WIDTH = 32 // u32: bytes of the widest integer
export const MEASURE_TYPE = 36 // u8 type, u8 MEASURE_IS_ bits, u8 frequency
export const MEASURE_IDLE = 40 // u32
export const MEASURE_VALUE = 44 // u32: bytes of the value
export const MEASURE_EXPIRY = 48 // f64 ms
export const MEASURE_HASH = 56 // u64: hash of the value
export const MEASURE_LISTPACK = 64 // f64: all elements in one listpack
export const MEASURE_STRINGS = 72 // f64: as strings of their own
export const MEASURE_PAIR_BYTES = 80 // f64: as fields with their values
export const MEASURE_IS_INTEGER = 1 // a string that is an integer, elements that all are
export const MEASURE_HAS_EXPIRY = 2
export const MEASURE_HAS_IDLE = 4
export const MEASURE_HAS_FREQ = 8
/** Keys that do not lie in the window as they are have this much room behind the rows. */
export const MEASURE_KEYS = 0x10000
/** Values are hashed in blocks of this size. */
export const MEASURE_BLOCK = 0x10000

/** What `rdbTranslate` makes of entries. */
export const TRANSLATE_NOTHING = 0
export const TRANSLATE_COMMANDS = 1
export const TRANSLATE_RDB = 2
export const TRANSLATE_RESTORE = 3
/** No record of the entries that it writes as commands takes more, line ends and all. */
export const TRANSLATED_RECORD_MAX = 0x48000

/** What `rdbLoad` is told and tells, u32 each, as byte offsets from REGISTERS + REG_RUN: see rdb-load.ts. */
export const LOAD_PART = 0 // which part of the dataset is loaded
export const LOAD_PARTS = 4 // of how many
export const LOAD_DICT = 8 // table of the database
export const LOAD_ROOM = 12 // for how many more entries it has room
export const LOAD_HEAP = 16 // where free memory begins, as the arena has it
export const LOAD_HEAP_END = 20
export const LOAD_ENTRIES = 24 // entries that were read, those of other parts too
export const LOAD_EXPIRES = 28 // entries that were loaded with an expiry
export const LOAD_WAITING = 32 // addresses of loaded entries that are not in the table: [waiting, end)
export const LOAD_WAITING_END = 36

/** Memory of a kernel that sorts hashes of keys: see key-groups.ts. */
export const GROUPS = 0x100000 // 256 x (next u32, end u32), then the first free page
export const GROUP_PAGE = 0x4000 // bytes of a page
export const GROUP_INPUT = 0x101000 // hashes to sort, HASH_LOG_MAX of them
export const GROUP_HEAP = 0x112000 // pages and tables

/** Hash tables of databases and their entries, as byte offsets: see dict.ts. */
export const DICT_TABLE = 0
export const DICT_SLOTS = 4
export const DICT_COUNT = 8
export const DICT_USED = 12
export const DICT_BYTES = 16
export const ENTRY_HASH = 0
export const ENTRY_KIND = 4 // u8, then u8 flags: see kinds.ts
export const ENTRY_KEY_LENGTH = 8
export const ENTRY_VALUE = 12 // length of a string, else what stands for the value
export const ENTRY_EXPIRY = 16 // f64, absolute ms; NaN without one
export const ENTRY_KEY = 24
/** Kinds of values, from the first to the last, whose value field is the address of a block: see kinds.ts. */
export const PACKED_FIRST = 1
export const PACKED_LAST = 5
export const KINDS = 16 // room for all of them
export const KIND_STRING = 0
export const KIND_LIST_PACKED = 1
export const KIND_SET_PACKED = 2
export const KIND_ZSET_PACKED = 3
export const KIND_HASH_PACKED = 4
export const KIND_SET_INTSET = 5
/** What servers keep packed at most: fields, members, bytes of a list, bytes of a member that comes by itself. */
export const PACKED_HASH_MAX = 512
export const PACKED_ZSET_MAX = 128
export const PACKED_SET_MAX = 128
export const PACKED_INTSET_MAX = 512
export const PACKED_LIST_BYTES = 8192
export const PACKED_MEMBER_MAX = 64
export const ENTRY_SCORE = 16 // f64: in place of an expiry in entries of a sorted set
/**
 * Memory of an engine: keys that are looked up are copied to ENGINE_SCRATCH, records of a log that are replayed together to
 * ENGINE_BATCH, blocks begin at ENGINE_HEAP.
 */
export const ENGINE_SCRATCH = 0x140000
export const ENGINE_SCRATCH_BYTES = 0x100000
export const ENGINE_BATCH = 0x240000
export const ENGINE_BATCH_BYTES = 0x4000
export const ENGINE_HEAP = 0x244000
/** Parts of the scratch room while an RDB is loaded: its bytes, a decoded key, an expanded string and a table of members. */
export const LOAD_STAGE = ENGINE_SCRATCH
export const LOAD_STAGE_BYTES = 0x20000
export const LOAD_KEY = ENGINE_SCRATCH + 0x30000
export const LOAD_KEY_BYTES = 0x10000
export const LOAD_AREA = ENGINE_SCRATCH + 0x50000
export const LOAD_AREA_BYTES = 0x40000
/** More than one entry that `rdbLoad` loads can take. */
export const LOAD_ENTRY_MAX = 0x100000

/** HyperLogLogs: see hll.ts. */
export const HLL_HEADER = 16
export const HLL_REGISTERS = 16384
export const HLL_DENSE_BYTES = 12304
/** hll-sparse-max-bytes */
export const HLL_SPARSE_MAX = 3000
/** What a step on a HyperLogLog did: nothing, something, nothing because it is no sound one, or it must become dense first. */
export const HLL_STAY = 0
export const HLL_CHANGED = 1
export const HLL_CORRUPT = 2
export const HLL_PROMOTE = 3

/** Operations of `bitsCombine` on a bit of the target, t, and of the source, s. */
export const BITS_AND = 0
export const BITS_OR = 1
export const BITS_XOR = 2
export const BITS_NOT = 3 // not t
export const BITS_LESS = 4 // s and not t
export const BITS_WITHOUT = 5 // t and not s
export const BITS_TWICE = 6 // t xor s, both kept apart

/** Trees of large sorted sets, as byte offsets: see zset-tree.ts. */
export const TREE_LEVEL = 4 // of a node
export const TREE_SPARE = 4
export const TREE_SPARES = 8
export const TREE_BYTES = 12
export const TREE_NODE_BYTES = 508
/** What a sorted set is looked at up to. Odd ones include what is equal. */
export const ZSET_BEFORE = 0 // score and member
export const ZSET_UP_TO = 1
export const ZSET_BEFORE_SCORE = 2 // all members of lower scores
export const ZSET_ALL_SCORE = 3
export const ZSET_BEFORE_LEX = 4 // the member alone
export const ZSET_UP_TO_LEX = 5
/** Options of adding to a sorted set. */
export const ZADD_NX = 1
export const ZADD_XX = 2
export const ZADD_GT = 4
export const ZADD_LT = 8
export const ZADD_INCR = 16
