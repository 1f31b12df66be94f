/** Commands that read sorted sets. Source: t_zset.c. */
import {ZSET_BEFORE} from '../../formats/kernel/layout.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {findZset, stageArgument} from '../apply/find-zset.ts'
import {
  type FindRanks,
  lexRange,
  longArgument,
  rankRange,
  scoreRange,
} from '../apply/zset-ranges.ts'
import {CommandError, syntaxError} from '../call.ts'
import {zsetEach, zsetRun, zsetScore, zsetSize} from '../values/zset-members.ts'
import {pick, randomCount} from './random.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

const sizeOf = ({keyspace}: ReadCall, entry: number) =>
  entry === 0 ? 0 : zsetSize(keyspace, entry)

function scoreOf(call: ReadCall, entry: number, i: number): number {
  if (entry === 0) return Number.NaN
  const from = stageArgument(call, i)
  return zsetScore(call.keyspace, entry, from, from + call.length(i))
}

function putScore(call: ReadCall, reply: ReplyWriter, score: number): void {
  if (Number.isNaN(score)) reply.nothing()
  else reply.double(call.scoreText(score))
}

function zmscore(call: ReadCall, reply: ReplyWriter): void {
  const entry = findZset(call, 1)
  reply.array(call.argc - 2)
  for (let i = 2; i < call.argc; i++) putScore(call, reply, scoreOf(call, entry, i))
}

function zrank(call: ReadCall, reply: ReplyWriter, reverse: boolean): void {
  const withScore = call.argc === 4 && call.is(3, 'WITHSCORE')
  if (call.argc > 4 || (call.argc === 4 && !withScore)) throw syntaxError()
  const {keyspace} = call
  const entry = findZset(call, 1)
  const score = scoreOf(call, entry, 2)
  if (Number.isNaN(score)) return withScore ? reply.noArray() : reply.nothing()
  const from = stageArgument(call, 2)
  const rank = zsetRun(keyspace, entry, 0, ZSET_BEFORE, score, from, from + call.length(2))
  if (withScore) reply.array(2)
  reply.integer(reverse ? zsetSize(keyspace, entry) - 1 - rank : rank)
  if (withScore) putScore(call, reply, score)
}

function count(call: ReadCall, reply: ReplyWriter, ranks: FindRanks): void {
  const entry = findZset(call, 1)
  if (entry === 0) return reply.integer(0)
  const {start, end} = ranks(call.keyspace, entry)
  reply.integer(end - start)
}

interface RangeOptions {
  by: 'rank' | 'score' | 'lex'
  reverse: boolean
  withScores: boolean
  offset: number
  limit: number
  limited: boolean
}

/** Options from argument 4 on; ZRANGE has all of them. */
function optionsOf(call: ReadCall, given: Partial<RangeOptions>, all: boolean): RangeOptions {
  const options: RangeOptions = {
    by: 'rank',
    reverse: false,
    withScores: false,
    offset: 0,
    limit: -1,
    limited: false,
    ...given,
  }
  for (let i = 4; i < call.argc; i++) {
    if (call.is(i, 'WITHSCORES')) options.withScores = true
    else if (call.is(i, 'LIMIT') && i + 2 < call.argc) {
      options.offset = longArgument(call, ++i)
      options.limit = longArgument(call, ++i)
      options.limited = true
    } else if (all && call.is(i, 'REV')) options.reverse = true
    else if (all && call.is(i, 'BYLEX')) options.by = 'lex'
    else if (all && call.is(i, 'BYSCORE')) options.by = 'score'
    else throw syntaxError()
  }
  if (options.limited && options.limit !== -1 && options.by === 'rank') {
    throw new CommandError(
      'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    )
  }
  if (options.withScores && options.by === 'lex') {
    throw new CommandError('ERR syntax error, WITHSCORES not supported in combination with BYLEX')
  }
  return options
}

function rangesOf(call: ReadCall, {by, reverse}: RangeOptions): FindRanks {
  if (by === 'rank') return rankRange(call, 2, reverse)
  const [min, max] = reverse ? [3, 2] : [2, 3]
  return by === 'score' ? scoreRange(call, min, max) : lexRange(call, min, max, reverse)
}

function range(call: ReadCall, reply: ReplyWriter, options: RangeOptions): void {
  const {reverse, withScores, offset, limit} = options
  const ranks = rangesOf(call, options)
  const entry = findZset(call, 1)
  if (entry === 0 || offset < 0) return reply.array(0)
  let {start, end} = ranks(call.keyspace, entry)
  if (options.limited) {
    const most = limit < 0 ? Number.POSITIVE_INFINITY : limit
    if (reverse) {
      end = Math.max(start, end - offset)
      start = Math.max(start, end - most)
    } else {
      start = Math.min(end, start + offset)
      end = Math.min(end, start + most)
    }
  }
  putRange(call, reply, entry, start, end, reverse, withScores)
}

function putRange(
  call: ReadCall,
  reply: ReplyWriter,
  entry: number,
  start: number,
  end: number,
  reverse: boolean,
  withScores: boolean,
): void {
  const pairs = withScores && reply.resp3
  reply.array(withScores && !pairs ? (end - start) * 2 : end - start)
  zsetEach(call.keyspace, entry, start, end, reverse, (memory, from, to, score) => {
    if (pairs) reply.array(2)
    reply.bulk(memory, from, to)
    if (withScores) putScore(call, reply, score)
  })
}

function ranger(by: RangeOptions['by'], reverse: boolean, all = false) {
  return (call: ReadCall, reply: ReplyWriter) =>
    range(call, reply, optionsOf(call, {by, reverse}, all))
}

/** ZRANDMEMBER key [count [WITHSCORES]] */
function zrandmember(call: ReadCall, reply: ReplyWriter): void {
  const withScores = call.argc === 4 && call.is(3, 'WITHSCORES')
  if (call.argc > 4 || (call.argc === 4 && !withScores)) throw syntaxError()
  const wanted = call.argc > 2 ? randomCount(call, 2, withScores) : null
  const entry = findZset(call, 1)
  if (entry === 0) return wanted === null ? reply.nothing() : reply.array(0)
  const {keyspace} = call
  const chosen = pick(zsetSize(keyspace, entry), wanted ?? 1)
  const pairs = withScores && reply.resp3
  if (wanted !== null) reply.array(withScores && !pairs ? chosen.length * 2 : chosen.length)
  for (const rank of chosen) {
    zsetEach(keyspace, entry, rank, rank + 1, false, (memory, from, to, score) => {
      if (pairs) reply.array(2)
      reply.bulk(memory, from, to)
      if (withScores) putScore(call, reply, score)
    })
  }
}

export const SORTED_SET_READS: ReadRows = [
  ['ZSCORE', (call, reply) => putScore(call, reply, scoreOf(call, findZset(call, 1), 2))],
  ['ZMSCORE', zmscore],
  ['ZCARD', (call, reply) => reply.integer(sizeOf(call, findZset(call, 1)))],
  ['ZCOUNT', (call, reply) => count(call, reply, scoreRange(call, 2, 3))],
  ['ZLEXCOUNT', (call, reply) => count(call, reply, lexRange(call, 2, 3))],
  ['ZRANK', (call, reply) => zrank(call, reply, false)],
  ['ZREVRANK', (call, reply) => zrank(call, reply, true)],
  ['ZRANGE', ranger('rank', false, true)],
  ['ZREVRANGE', ranger('rank', true)],
  ['ZRANGEBYSCORE', ranger('score', false)],
  ['ZREVRANGEBYSCORE', ranger('score', true)],
  ['ZRANGEBYLEX', ranger('lex', false)],
  ['ZREVRANGEBYLEX', ranger('lex', true)],
  ['ZRANDMEMBER', zrandmember],
]
