/** Commands on places. Those that search are read in geo-search.ts. Source: geo.c. */
import {ZADD_NX, ZADD_XX, ZSET_BEFORE_SCORE} from '../../formats/kernel/layout.ts'
import {type Apply, type Call, syntaxError} from '../call.ts'
import {cellScores, placeOf, scoreOf} from '../geo/geohash.ts'
import {cellsOf, distanceWithin, type Shape} from '../geo/shape.ts'
import {partialSort} from '../partial-sort.ts'
import {Builder} from '../values/builder.ts'
import {Kind} from '../values/kinds.ts'
import {zsetAdd, zsetBegin, zsetEach, zsetRun} from '../values/zset-members.ts'
import {findZset, stageArgument, storeZset} from './find-zset.ts'
import {memberPlace, placeArgument, readRadius, readSearch, type Search} from './geo-search.ts'

/** GEOADD key [NX | XX] [CH] (longitude latitude member)* */
function geoadd(call: Call): void {
  const {argc} = call
  let options = 0
  let first = 2
  for (; first < argc; first++) {
    if (call.is(first, 'NX')) options |= ZADD_NX
    else if (call.is(first, 'XX')) options |= ZADD_XX
    else if (!call.is(first, 'CH')) break
  }
  if ((argc - first) % 3 !== 0 || options === (ZADD_NX | ZADD_XX)) throw syntaxError()
  const scores: number[] = []
  for (let i = first; i < argc; i += 3) scores.push(scoreOf(placeArgument(call, i)))
  if (scores.length === 0) throw syntaxError()
  addPlaces(call, first, scores, options)
}

function addPlaces(call: Call, first: number, scores: number[], options: number): void {
  const {db, keyspace, memory, starts, ends} = call
  let entry = findZset(call, 1)
  if (entry === 0) {
    if ((options & ZADD_XX) !== 0) return
    entry = db.add(memory, starts[1], ends[1], Kind.STRING)
    zsetBegin(keyspace, entry, 0, call.length(first + 2))
  }
  scores.forEach((score, i) => {
    const member = first + i * 3 + 2
    const from = stageArgument(call, member)
    zsetAdd(keyspace, entry, from, from + ends[member] - starts[member], score, options)
  })
}

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

/** Store what was found under the key in argument `target`. */
function store(call: Call, target: number, found: Found[], search: Search): void {
  const {keyspace} = call
  const built = new Builder(keyspace)
  const longest = found.reduce((length, {member}) => Math.max(length, member.length), 0)
  zsetBegin(keyspace, built.begin(), found.length, longest)
  for (const {member, score, distance} of found) {
    const from = keyspace.stage(member, 0, member.length)
    const stored = search.storesDistance ? distance / search.shape.unit : score
    zsetAdd(keyspace, built.entry, from, from + member.length, stored, 0)
  }
  storeZset(call, target, built)
}

function run(call: Call, source: number, search: Search): void {
  const {target, shape, any, count} = search
  if (target === 0) return
  const found = source === 0 ? [] : find(call, source, shape, any ? count : 0)
  store(call, target, chosen(found, search), search)
}

/** GEORADIUS key longitude latitude radius unit ... [STORE key | STOREDIST key] */
function georadius(call: Call): void {
  const source = findZset(call, 1)
  run(call, source, readRadius(call, 4, placeArgument(call, 2)))
}

/** GEORADIUSBYMEMBER key member radius unit ... */
function georadiusByMember(call: Call): void {
  const source = findZset(call, 1)
  const center = source === 0 ? null : memberPlace(call, source, 2)
  run(call, source, readRadius(call, 3, center))
}

/** GEOSEARCHSTORE destination source FROMMEMBER ... | FROMLONLAT ... BYRADIUS ... | BYBOX ... | BYPOLYGON ... */
function geosearchstore(call: Call): void {
  const source = findZset(call, 2)
  run(call, source, readSearch(call, source))
}

export const GEO_APPLY: readonly (readonly [name: string, apply: Apply])[] = [
  ['GEOADD', geoadd],
  ['GEORADIUS', georadius],
  ['GEORADIUSBYMEMBER', georadiusByMember],
  ['GEOSEARCHSTORE', geosearchstore],
]
