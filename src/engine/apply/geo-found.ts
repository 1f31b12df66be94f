/** What searches for places find, and how it is answered. Source: georadiusGeneric() in geo.c. */
import {ZSET_BEFORE_SCORE} from '../../formats/kernel/layout.ts'
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {Call} from '../call.ts'
import {cellScores, type Place, placeOf} from '../geo/geohash.ts'
import {cellsOf, distanceWithin, type Shape} from '../geo/shape.ts'
import {partialSort} from '../partial-sort.ts'
import {zsetEach, zsetRun} from '../values/zset-members.ts'
import type {Search} from './geo-search.ts'

export interface Found {
  member: Uint8Array
  score: number
  distance: number
}

/** Members in the shape, in the order of the cells; with ANY no more cells than it takes. */
export function find(call: Call, entry: number, shape: Shape, limit: number): Found[] {
  const {keyspace} = call
  const found: Found[] = []
  for (const cell of cellsOf(shape)) {
    if (limit > 0 && found.length >= limit) break
    const [from, to] = cellScores(cell)
    const start = zsetRun(keyspace, entry, 0, ZSET_BEFORE_SCORE, from, 0, 0)
    const end = zsetRun(keyspace, entry, start, ZSET_BEFORE_SCORE, to, 0, 0)
    zsetEach(keyspace, entry, start, end, false, (memory, memberStart, memberEnd, score) => {
      if (limit > 0 && found.length >= limit) return
      const distance = distanceWithin(shape, placeOf(score))
      if (distance === -1) return
      found.push({member: memory.slice(memberStart, memberEnd), score, distance})
    })
  }
  return found
}

/** What COUNT leaves of it. */
export function chosen(found: Found[], {count, any, order}: Search): Found[] {
  if (count === 0 || found.length <= count) return found
  const direction = order === 0 && !any ? 1 : order
  if (direction !== 0) {
    partialSort(found, count, (a, b) => direction * Math.sign(a.distance - b.distance))
  }
  return found.slice(0, count)
}

/** `%.17Lf` without the zeros at its end. */
function degrees(value: number): string {
  const fixed = value.toFixed(17).replace(/\.?0+$/, '')
  return fixed === '-0' ? '0' : fixed
}

export function putPlace(reply: ReplyWriter, {lon, lat}: Place): void {
  reply.array(2)
  reply.double(degrees(lon))
  reply.double(degrees(lat))
}

function putFound(reply: ReplyWriter, found: Found[], search: Search): void {
  const {withDistance, withHash, withPlace, shape} = search
  const details = [withDistance, withHash, withPlace].filter(Boolean).length
  reply.array(found.length)
  for (const {member, score, distance: metres} of found) {
    if (details > 0) reply.array(details + 1)
    reply.bulk(member, 0, member.length)
    if (withDistance) reply.text((metres / shape.unit).toFixed(4))
    if (withHash) reply.bigint(BigInt.asIntN(64, BigInt(Math.trunc(score))))
    if (withPlace) putPlace(reply, placeOf(score))
  }
}

/** Answer a search in the sorted set `entry`, 0 for none. */
export function answerSearch(call: Call, reply: ReplyWriter, entry: number, search: Search): void {
  if (entry === 0) return reply.array(0)
  const {any, count, order, shape} = search
  const all = find(call, entry, shape, any ? count : 0)
  const found = chosen(all, search)
  const direction = order === 0 && count > 0 && !any ? 1 : order
  if (direction !== 0) found.sort((a, b) => direction * Math.sign(a.distance - b.distance))
  putFound(reply, found, search)
}
