/** XADD and XTRIM. Source: xaddCommand() and streamParseAddOrTrimArgsOrReply() in t_stream.c. */
import {
  type Apply,
  type Call,
  CommandError,
  latin1,
  syntaxError,
  wordsOf,
  wrongType,
} from '../call.ts'
import {Kind, objectOf} from '../values/kinds.ts'
import {appendEntry, firstHeldId, GIVEN_ID, LAST_ID, Stream} from '../values/stream-data.ts'
import {compareIds, copyId, idText, isLastId, isZeroId, nextId, putMs} from '../values/stream-id.ts'
import {textBytes} from '../values/stream-node.ts'
import {type Trim, trimStream} from '../values/stream-trim.ts'
import {
  addStream,
  findStream,
  INVALID,
  invalidId,
  OPEN_SEQUENCE,
  readId,
  takeId,
  takeInteger,
} from './stream-ids.ts'
import {type Idempotence, knownId, readIdempotence, remember} from './stream-producers.ts'

const MAX_BYTES = 1 << 30
/** As many entries as a server trims by a `~` without LIMIT. Source: 100 nodes of stream-node-max-entries. */
const LIVE_LIMIT = 10000

interface Options {
  trim: Trim | null
  /** Argument of what it trims to. */
  trimAt: number
  /** Null without LIMIT. */
  limit: bigint | null
  noMakeStream: boolean
  idempotence: Idempotence | null
  /** Argument of the id. */
  idAt: number
}

/**
 * Options in front of the id of XADD, or all of XTRIM. A log holds `~` only as older servers wrote it, and whoever replays it
 * must obey: LIMIT counts for nothing unless a client asks, who is answered.
 */
function readOptions(call: Call, isAdd: boolean): Options {
  const options: Options = {
    trim: null,
    trimAt: 0,
    limit: null,
    noMakeStream: false,
    idempotence: null,
    idAt: call.argc,
  }
  for (let i = 2; i < call.argc; i++) {
    const more = call.argc - 1 - i
    if (isAdd && isSign(call, i, 0x2a)) {
      options.idAt = i
      break
    } else if (more > 0 && (call.is(i, 'MAXLEN') || call.is(i, 'MINID'))) {
      if (options.trim) {
        throw new CommandError(
          'ERR syntax error, MAXLEN and MINID options at the same time are not compatible',
        )
      }
      const signed = more >= 2 && (isSign(call, i + 1, 0x7e) || isSign(call, i + 1, 0x3d))
      const approximate = signed && isSign(call, i + 1, 0x7e)
      options.trimAt = signed ? i + 2 : i + 1
      options.trim = readTrim(call, i, options.trimAt, approximate)
      i = options.trimAt
    } else if (more > 0 && call.is(i, 'LIMIT')) {
      options.limit = call.bigint(++i)
      if (options.limit < 0n) throw new CommandError('ERR The LIMIT argument must be >= 0.')
    } else if (isAdd && call.is(i, 'NOMKSTREAM')) options.noMakeStream = true
    else if (isAdd && isReference(call, i)) continue
    else if (isAdd && more >= 2 && call.is(i, 'IDMP')) {
      options.idempotence = readIdempotence(call, i + 1, i + 2)
      i += 2
    } else if (isAdd && more >= 1 && call.is(i, 'IDMPAUTO')) {
      options.idempotence = readIdempotence(call, ++i, 0)
    } else if (isAdd) {
      options.idAt = i
      break
    } else if (!isReference(call, i)) throw syntaxError()
  }
  return options
}

function readTrim(call: Call, option: number, i: number, approximate: boolean): Trim {
  const trim: Trim = {maxLength: null, minId: null, approximate, limit: 0}
  if (call.is(option, 'MINID')) {
    trim.minId = new Uint32Array(4)
    takeId(call, i, trim.minId, 0)
    return trim
  }
  trim.maxLength = Number(takeInteger(call, i))
  if (trim.maxLength < 0) throw new CommandError('ERR The MAXLEN argument must be >= 0.')
  return trim
}

function checkLimit({answers}: Call, {trim, limit}: Options): void {
  if (limit && trim === null) {
    throw new CommandError(
      'ERR syntax error, LIMIT cannot be used without specifying a trimming strategy',
    )
  }
  if (!answers) return
  if (limit !== null && !trim?.approximate) {
    throw new CommandError('ERR syntax error, LIMIT cannot be used without the special ~ option')
  }
  if (trim?.approximate) trim.limit = Number(limit ?? LIVE_LIMIT)
}

const isReference = (call: Call, i: number): boolean =>
  call.is(i, 'KEEPREF') || call.is(i, 'DELREF') || call.is(i, 'ACKED')

function isSign({memory, starts, ends}: Call, i: number, sign: number): boolean {
  return ends[i] - starts[i] === 1 && memory[starts[i]] === sign
}

function xadd(call: Call): void {
  const entry = call.find(1)
  const isStream = entry !== 0 && call.db.kind(entry) === Kind.STREAM
  // What is not there yet is made before the arguments are known to be right, and given up if they are not.
  const stream = isStream ? objectOf<Stream>(call.keyspace, entry) : new Stream()
  const {words} = stream
  // Nearly all logs hold the plain form, or MAXLEN.
  const plain = startsWithDigit(call, 2)
  const options = plain ? null : readOptions(call, true)
  const idAt = options ? options.idAt : 2
  const form = readGivenId(call, idAt, words)
  if (options) checkLimit(call, options)
  const first = idAt + 1
  const count = call.argc - first
  if (count < 2 || count % 2 === 1) {
    throw new CommandError("ERR wrong number of arguments for 'xadd' command")
  }
  if (form === GIVEN && isZeroId(words, GIVEN_ID)) {
    throw new CommandError('ERR The ID specified in XADD must be greater than 0-0')
  }
  if (entry !== 0 && !isStream) throw wrongType()
  if (entry === 0) {
    if (options?.noMakeStream) return call.reply.nothing()
    addStream(call, 1, stream)
  }
  const idempotence = options?.idempotence
  const known = idempotence ? knownId(stream, idempotence) : null
  if (known !== null) return call.reply.text(known)
  completeId(call, words, form)
  const size = textBytes(call, first, count)
  if (size > MAX_BYTES) {
    throw new CommandError('ERR Elements are too large to be stored')
  }
  appendEntry(stream, call, first, count, size)
  if (idempotence) remember(stream, idempotence, words, GIVEN_ID)
  if (options?.trim) trimStream(stream, options.trim)
  call.changes++
  if (call.answers) answerAdded(call, stream, form === GIVEN ? 0 : idAt, options)
}

/** Logs are told the id that was made, argument `idAt` unless that is 0, and what was really trimmed. */
function answerAdded(call: Call, stream: Stream, idAt: number, options: Options | null): void {
  const id = idText(stream.words, LAST_ID)
  call.reply.text(id)
  const approximate = options?.trim?.approximate === true
  if (idAt === 0 && !approximate) return
  const words = wordsOf(call)
  if (idAt !== 0) words[idAt] = latin1(id)
  if (options && approximate) putExactTrim(words, stream, options)
  call.tell(...words)
}

/** Source: streamRewriteApproxSpecifier(), streamRewriteTrimArgument(). */
function putExactTrim(words: Uint8Array[], stream: Stream, {trim, trimAt}: Options): void {
  const first = new Uint32Array(4)
  firstHeldId(stream, first, 0)
  words[trimAt - 1] = latin1('=')
  words[trimAt] = latin1(trim?.minId ? idText(first, 0) : String(stream.length))
}

const AUTO = 0
const GIVEN = 1
const GIVEN_MS = 2

function startsWithDigit({memory, starts, ends}: Call, i: number): boolean {
  const byte = memory[starts[i]]
  return starts[i] < ends[i] && byte >= 0x30 && byte <= 0x39
}

function readGivenId(call: Call, i: number, words: Uint32Array): number {
  if (i >= call.argc || isSign(call, i, 0x2a)) return AUTO
  const form = readId(call, i, words, GIVEN_ID)
  if (form === INVALID) throw invalidId()
  return form === OPEN_SEQUENCE ? GIVEN_MS : GIVEN
}

/** Make the id whole, in GIVEN_ID. Source: streamNextID() and streamAppendItem(). */
function completeId(call: Call, words: Uint32Array, form: number): void {
  if (isLastId(words, LAST_ID)) {
    throw new CommandError(
      'ERR The stream has exhausted the last possible ID, unable to add more items',
    )
  }
  if (form === AUTO) {
    words.fill(0, GIVEN_ID, GIVEN_ID + 4)
    putMs(call.nowMs, words, GIVEN_ID)
  }
  const behind = compareIds(words, GIVEN_ID, words, LAST_ID) <= 0
  const sameMs = words[GIVEN_ID] === words[LAST_ID] && words[GIVEN_ID + 1] === words[LAST_ID + 1]
  if (form === AUTO ? behind : form === GIVEN_MS && sameMs) {
    copyId(words, LAST_ID, words, GIVEN_ID)
    nextId(words, GIVEN_ID)
    const carried = words[GIVEN_ID + 2] === 0 && words[GIVEN_ID + 3] === 0
    if (form === AUTO || !carried) return
    throw smallId()
  }
  if (behind) throw smallId()
}

const smallId = (): CommandError =>
  new CommandError(
    'ERR The ID specified in XADD is equal or smaller than the target stream top item',
  )

function xtrim(call: Call): void {
  const options = readOptions(call, false)
  const {trim} = options
  checkLimit(call, options)
  if (trim === null) {
    throw new CommandError('ERR syntax error, XTRIM must be called with a trimming strategy')
  }
  const stream = findStream(call, 1)
  const removed = stream === null ? 0 : trimStream(stream, trim)
  call.changes += removed
  call.reply.integer(removed)
  if (stream === null || removed === 0 || !trim.approximate || !call.answers) return
  const words = wordsOf(call)
  putExactTrim(words, stream, options)
  call.tell(...words)
}

export const STREAMS_ADD_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['XADD', xadd],
  ['XTRIM', xtrim],
]
