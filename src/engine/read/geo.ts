/** Commands that read places. Source: geo.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import {findZset, stageArgument} from '../apply/find-zset.ts'
import {answerSearch, putPlace} from '../apply/geo-found.ts'
import {
  memberPlace,
  placeArgument,
  readRadius,
  readSearch,
  unitArgument,
} from '../apply/geo-search.ts'
import {syntaxError} from '../call.ts'
import {cellBits, cellOf, type Place, placeOf} from '../geo/geohash.ts'
import {distance} from '../geo/shape.ts'
import {zsetScore} from '../values/zset-members.ts'
import type {ReadCall, ReadRows} from './read-call.ts'

const LETTERS = '0123456789bcdefghjkmnpqrstuvwxyz'
const HASH_LETTERS = 11

/** The place of the member in argument `i`, null when it is not there. */
function placeAt(call: ReadCall, entry: number, i: number): Place | null {
  if (entry === 0) return null
  const from = stageArgument(call, i)
  const score = zsetScore(call.keyspace, entry, from, from + call.length(i))
  return Number.isNaN(score) ? null : placeOf(score)
}

function geopos(call: ReadCall, reply: ReplyWriter): void {
  const entry = findZset(call, 1)
  reply.array(call.argc - 2)
  for (let i = 2; i < call.argc; i++) {
    const place = placeAt(call, entry, i)
    if (place === null) reply.noArray()
    else putPlace(reply, place)
  }
}

function geodist(call: ReadCall, reply: ReplyWriter): void {
  if (call.argc > 5) throw syntaxError()
  const unit = call.argc === 5 ? unitArgument(call, 4) : 1
  const entry = findZset(call, 1)
  const from = placeAt(call, entry, 2)
  const to = placeAt(call, entry, 3)
  if (from === null || to === null) reply.nothing()
  else reply.text((distance(from, to) / unit).toFixed(4))
}

/** Over the whole range of latitudes, as elsewhere on the web. */
function geohashText({lon, lat}: Place): string {
  const scaled = {lon, lat: (lat / 90) * 85.05112878}
  const bits = cellBits(cellOf(scaled, 26))
  let text = ''
  for (let i = 0; i < HASH_LETTERS; i++) {
    const shift = 52 - (i + 1) * 5
    text += LETTERS[shift < 0 ? 0 : Number((bits >> BigInt(shift)) & 31n)]
  }
  return text
}

function geohash(call: ReadCall, reply: ReplyWriter): void {
  const entry = findZset(call, 1)
  reply.array(call.argc - 2)
  for (let i = 2; i < call.argc; i++) {
    const place = placeAt(call, entry, i)
    if (place === null) reply.nothing()
    else reply.text(geohashText(place))
  }
}

function geosearch(call: ReadCall, reply: ReplyWriter): void {
  const entry = findZset(call, 1)
  answerSearch(call, reply, entry, readSearch(call, entry, false))
}

function georadius(call: ReadCall, reply: ReplyWriter): void {
  const entry = findZset(call, 1)
  answerSearch(call, reply, entry, readRadius(call, 4, placeArgument(call, 2), false))
}

function georadiusByMember(call: ReadCall, reply: ReplyWriter): void {
  const entry = findZset(call, 1)
  const center = entry === 0 ? null : memberPlace(call, entry, 2)
  answerSearch(call, reply, entry, readRadius(call, 3, center, false))
}

export const GEO_READS: ReadRows = [
  ['GEOPOS', geopos],
  ['GEODIST', geodist],
  ['GEOHASH', geohash],
  ['GEOSEARCH', geosearch],
  ['GEORADIUS_RO', georadius],
  ['GEORADIUSBYMEMBER_RO', georadiusByMember],
]
