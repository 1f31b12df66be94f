/** Commands on places. Those that search are read in geo-search.ts. Source: geo.c. */
import {ZADD_NX, ZADD_XX} from '../../formats/kernel/layout.ts'
import {type Apply, type Call, syntaxError} from '../call.ts'
import {bitsOf} from '../geo/geohash.ts'
import {Builder} from '../values/builder.ts'
import {Kind} from '../values/kinds.ts'
import {zsetAdd, zsetBegin} from '../values/zset-members.ts'
import {Additions, CHANGES} from './additions.ts'
import {findZset, stageArgument, storeZset} from './find-zset.ts'
import {answerSearch, chosen, type Found, find} from './geo-found.ts'
import {memberPlace, placeArgument, readRadius, readSearch, type Search} from './geo-search.ts'

/** GEOADD key [NX | XX] [CH] (longitude latitude member)* */
function geoadd(call: Call): void {
  const {argc} = call
  let options = 0
  let first = 2
  for (; first < argc; first++) {
    if (call.is(first, 'NX')) options |= ZADD_NX
    else if (call.is(first, 'XX')) options |= ZADD_XX
    else if (call.is(first, 'CH')) options |= CHANGES
    else break
  }
  if ((argc - first) % 3 !== 0 || options === (ZADD_NX | ZADD_XX)) throw syntaxError()
  const scores: bigint[] = []
  for (let i = first; i < argc; i += 3) scores.push(bitsOf(placeArgument(call, i)))
  if (scores.length === 0) throw syntaxError()
  addPlaces(call, first, scores, options)
}

function addPlaces(call: Call, first: number, scores: bigint[], given: number): void {
  const {db, keyspace, memory, starts, ends} = call
  const additions = new Additions(given)
  let entry = findZset(call, 1)
  if (entry === 0 && (given & ZADD_XX) === 0) {
    entry = db.add(memory, starts[1], ends[1], Kind.STRING)
    zsetBegin(keyspace, entry, 0, call.length(first + 2))
  }
  scores.forEach((score, i) => {
    if (entry === 0) return
    const member = first + i * 3 + 2
    const from = stageArgument(call, member)
    additions.add(call, entry, from, from + call.length(member), Number(score))
  })
  additions.answer(call)
  if (call.answers) tellAdded(call, first, scores)
}

/** Servers make a ZADD of it before they do anything. */
function tellAdded(call: Call, first: number, scores: bigint[]): void {
  const options = Array.from({length: first - 2}, (_, i) => call.bytes(i + 2))
  const pairs = scores.flatMap((score, i) => [String(score), call.bytes(first + i * 3 + 2)])
  call.tell('zadd', call.bytes(1), ...options, ...pairs)
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
  storeZset(call, target, built, found.length)
}

function run(call: Call, source: number, search: Search): void {
  const {target, shape, any, count} = search
  if (target === 0) return answerSearch(call, call.reply, source, search)
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
