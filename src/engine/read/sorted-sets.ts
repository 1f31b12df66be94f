/** Commands that read sorted sets. Source: t_zset.c. */
import {ZSET_BEFORE} from '../../formats/kernel/layout.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {findZset, stageArgument} from '../apply/find-zset.ts'
import {pick, randomCount} from '../apply/random.ts'
import {
  type Combine,
  difference,
  intersection,
  intersectionSize,
  readOperands,
  union,
} from '../apply/zset-algebra.ts'
import {type RangeForm, readRange} from '../apply/zset-range-options.ts'
import {type FindRanks, lexRange, scoreRange} from '../apply/zset-ranges.ts'
import {syntaxError} from '../call.ts'
import {zsetEach, zsetRun, zsetScore, zsetSize} from '../values/zset-members.ts'
import type {Read, ReadCall, ReadRows} from './read-call.ts'

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

function ranger(by: RangeForm['by'], reverse: RangeForm['reverse']): Read {
  return (call, reply) => {
    const {find, reverse: fromEnd, withScores} = readRange(call, 2, {by, reverse})
    const entry = findZset(call, 1)
    if (entry === 0) return reply.array(0)
    const {start, end} = find(call.keyspace, entry)
    putRange(call, reply, entry, start, end, fromEnd, withScores)
  }
}

/** The header of members, each with its score if `withScores`: in an array of its own in RESP3. Returns whether it is so. */
function putCount(reply: ReplyWriter, count: number, withScores: boolean): boolean {
  const pairs = withScores && reply.resp3
  reply.array(withScores && !pairs ? count * 2 : count)
  return pairs
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
  const pairs = putCount(reply, end - start, withScores)
  zsetEach(call.keyspace, entry, start, end, reverse, (memory, from, to, score) => {
    if (pairs) reply.array(2)
    reply.bulk(memory, from, to)
    if (withScores) putScore(call, reply, score)
  })
}

/** ZUNION and its like, sorted by score. */
function combiner(combine: Combine, weights: boolean): Read {
  return (call, reply) => {
    const operands = readOperands(call, 1, {weights, scores: true})
    const table = combine(call.keyspace, operands)
    const {arena} = call.keyspace
    const pairs = putCount(reply, table.size, operands.withScores)
    for (const at of table.entries(0, table.size)) {
      if (pairs) reply.array(2)
      reply.bulk(arena.memory, table.start(at), table.end(at))
      if (operands.withScores) putScore(call, reply, table.score(at))
    }
    table.release()
  }
}

/** ZINTERCARD numkeys key* [LIMIT limit] */
function zintercard(call: ReadCall, reply: ReplyWriter): void {
  const {sources, limit} = readOperands(call, 1, {limit: true})
  reply.integer(intersectionSize(call.keyspace, sources, limit))
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
  const pairs = wanted !== null && putCount(reply, chosen.length, withScores)
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
  ['ZRANGE', ranger(null, null)],
  ['ZREVRANGE', ranger('rank', true)],
  ['ZRANGEBYSCORE', ranger('score', false)],
  ['ZREVRANGEBYSCORE', ranger('score', true)],
  ['ZRANGEBYLEX', ranger('lex', false)],
  ['ZREVRANGEBYLEX', ranger('lex', true)],
  ['ZRANDMEMBER', zrandmember],
  ['ZUNION', combiner(union, true)],
  ['ZINTER', combiner(intersection, true)],
  ['ZDIFF', combiner(difference, false)],
  ['ZINTERCARD', zintercard],
]
