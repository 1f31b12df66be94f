/** What is compared of replies of two servers. */
import type {Words} from './read-commands.ts'
import {type Reply, RespError} from './resp-client.ts'

/** Their order is that of hashes, or of chance. */
const UNORDERED = new Set([
  'SMEMBERS',
  'SUNION',
  'SDIFF',
  'SINTER',
  'HKEYS',
  'HVALS',
  'SRANDMEMBER',
  'SPOP',
  'SORT',
])
const UNORDERED_PAIRS = new Set(['HGETALL', 'HRANDFIELD'])

/** Times of these years count from when one of the two came to the command. */
const isNow = (reply: Reply): boolean => typeof reply === 'number' && reply > 1.6e12 && reply < 2e12

const shown = (reply: Reply): unknown => {
  if (Array.isArray(reply)) return reply.map(shown)
  if (Buffer.isBuffer(reply)) return `$${reply.toString('latin1')}`
  if (isNow(reply)) return 'a time'
  if (typeof reply === 'bigint') return `:${reply}`
  if (reply instanceof RespError) return `-${reply.message}`
  return reply
}

/** What is compared of a reply. */
export function comparable([name]: Words, reply: Reply): unknown {
  const all = shown(reply)
  if (!Array.isArray(all)) return all
  // What a transaction holds may be in no order either.
  if (name === 'EXEC') return all.map((each) => (Array.isArray(each) ? [...each].sort() : each))
  if (UNORDERED.has(String(name))) return all.map(String).sort()
  if (!UNORDERED_PAIRS.has(String(name))) return all
  return all.flatMap((each, i) => (i % 2 === 0 ? [`${each} ${all[i + 1]}`] : [])).sort()
}
