/** What commands that take a range of a sorted set take behind its bounds. Source: zrangeGenericCommand() in t_zset.c. */
import {type Call, CommandError, syntaxError} from '../call.ts'
import {type FindRanks, lexRange, longArgument, rankRange, scoreRange} from './zset-ranges.ts'

export interface RangeForm {
  /** Null where the command's options say it. */
  by: 'rank' | 'score' | 'lex' | null
  reverse: boolean | null
  /** The range is stored: it has no WITHSCORES. */
  stores?: boolean
}

export interface WantedRange {
  /** What LIMIT leaves of it. */
  find: FindRanks
  /** By rank a server knows how many come. */
  byRank: boolean
  reverse: boolean
  withScores: boolean
}

/** min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES], the first in argument `i` */
export function readRange(call: Call, i: number, form: RangeForm): WantedRange {
  let {by, reverse} = form
  let withScores = false
  let offset = 0
  let limit = -1
  for (let at = i + 2; at < call.argc; at++) {
    if (!form.stores && call.is(at, 'WITHSCORES')) withScores = true
    else if (call.is(at, 'LIMIT') && at + 2 < call.argc) {
      offset = longArgument(call, ++at)
      limit = longArgument(call, ++at)
    } else if (reverse === null && call.is(at, 'REV')) reverse = true
    else if (by === null && call.is(at, 'BYLEX')) by = 'lex'
    else if (by === null && call.is(at, 'BYSCORE')) by = 'score'
    else throw syntaxError()
  }
  by ??= 'rank'
  reverse ??= false
  check(by, limit, withScores)
  if (by === 'rank') {
    return {find: rankRange(call, i, reverse), byRank: true, reverse, withScores}
  }
  const [min, max] = reverse ? [i + 1, i] : [i, i + 1]
  const range = by === 'score' ? scoreRange(call, min, max) : lexRange(call, min, max, reverse)
  return {find: limited(range, reverse, offset, limit), byRank: false, reverse, withScores}
}

function check(by: RangeForm['by'], limit: number, withScores: boolean): void {
  if (limit !== -1 && by === 'rank') {
    throw new CommandError(
      'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    )
  }
  if (withScores && by === 'lex') {
    throw new CommandError('ERR syntax error, WITHSCORES not supported in combination with BYLEX')
  }
}

/** What LIMIT leaves of a range; it counts from the end where the range is walked from. A negative offset leaves nothing. */
function limited(range: FindRanks, reverse: boolean, offset: number, limit: number): FindRanks {
  return (keyspace, entry) => {
    const {start, end} = range(keyspace, entry)
    const size = end - start
    const from = offset < 0 ? size : Math.min(offset, size)
    const to = limit < 0 ? size : Math.min(from + limit, size)
    return reverse ? {start: end - to, end: end - from} : {start: start + from, end: start + to}
  }
}
