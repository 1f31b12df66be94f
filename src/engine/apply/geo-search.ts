/** Arguments of searches for places. Source: georadiusGeneric() in geo.c. */
import {type Call, CommandError, syntaxError} from '../call.ts'
import {LAT_MAX, LON_MAX, type Place, placeOf} from '../geo/geohash.ts'
import {centerOfPolygon} from '../geo/polygon.ts'
import type {Shape} from '../geo/shape.ts'
import {zsetScore} from '../values/zset-members.ts'
import {doubleArgument} from './doubles.ts'
import {stageArgument} from './find-zset.ts'
import {longArgument} from './zset-ranges.ts'

export interface Search {
  shape: Shape
  /** Number of the argument with the key to store under, 0 for none. */
  target: number
  storesDistance: boolean
  /** 0 for all. */
  count: number
  any: boolean
  /** 1 for the nearest first, -1 for the farthest, 0 for none. */
  order: number
  /** What is wanted of each place, which cannot be stored. */
  withDistance: boolean
  withHash: boolean
  withPlace: boolean
}

const UNITS: readonly (readonly [name: string, metres: number])[] = [
  ['M', 1],
  ['KM', 1000],
  ['FT', 0.3048],
  ['MI', 1609.34],
]

/** A longitude in argument `i` and a latitude behind it. */
export function placeArgument(call: Call, i: number): Place {
  const lon = doubleArgument(call, i)
  const lat = doubleArgument(call, i + 1)
  if (Math.abs(lon) > LON_MAX || Math.abs(lat) > LAT_MAX) {
    const pair = `${fixedPoint(lon)},${fixedPoint(lat)}`
    throw new CommandError(`ERR invalid longitude,latitude pair ${pair}`)
  }
  return {lon, lat}
}

/** C's `%f`. */
function fixedPoint(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (Object.is(value, -0)) return '-0.000000'
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`
}

/** The place of the member in argument `i` of a sorted set. */
export function memberPlace(call: Call, entry: number, i: number): Place {
  const from = stageArgument(call, i)
  const score = zsetScore(call.keyspace, entry, from, from + call.length(i))
  if (Number.isNaN(score)) throw new CommandError('ERR could not decode requested zset member')
  return placeOf(score)
}

/**
 * A search around a place; its radius is in argument `i`, its unit and options behind it. Where no place is known, for want of
 * the member's key, servers do not look at the radius.
 */
export function readRadius(call: Call, i: number, center: Place | null, stores = true): Search {
  const search = searchFrom(center ?? {lon: 0, lat: 0})
  if (center !== null) readCircle(call, i, search.shape)
  readOptions(call, i + 2, search, (at) => {
    const distance = call.is(at, 'STOREDIST')
    if (!stores || (!distance && !call.is(at, 'STORE')) || at + 1 >= call.argc) throw syntaxError()
    search.target = at + 1
    search.storesDistance = distance
    return at + 1
  })
  if (search.target !== 0 && hasDetails(search)) {
    throw new CommandError(
      'ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options',
    )
  }
  checkAny(search)
  return search
}

/** The search of a GEOSEARCHSTORE, or a GEOSEARCH, in the sorted set `source`, 0 for none. */
export function readSearch(call: Call, source: number, stores = true): Search {
  const search = searchFrom({lon: 0, lat: 0})
  search.target = stores ? 1 : 0
  const given: Given = {from: '', by: ''}
  readOptions(call, stores ? 3 : 2, search, (at) => {
    if (!stores && call.is(at, 'STOREDIST')) throw syntaxError()
    return readSearchOption(call, at, source, search, given)
  })
  const name = call.text(0)
  if (stores && hasDetails(search)) {
    throw new CommandError(
      'ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options',
    )
  }
  if (given.from === '' && given.by !== 'BYPOLYGON') {
    throw onlyOne('FROMMEMBER or FROMLONLAT', name)
  }
  if (given.by === '') throw onlyOne('BYRADIUS and BYBOX', name)
  checkAny(search)
  return search
}

/** Options of which there is one of each sort; the same one may come again. */
interface Given {
  from: '' | 'FROMMEMBER' | 'FROMLONLAT'
  by: '' | 'BYRADIUS' | 'BYBOX' | 'BYPOLYGON'
}

/** Read the option in argument `at`. Returns the last argument that belongs to it. */
function readSearchOption(
  call: Call,
  at: number,
  source: number,
  search: Search,
  given: Given,
): number {
  const {shape} = search
  const left = call.argc - at - 1
  const around = given.by !== 'BYPOLYGON'
  if (call.is(at, 'FROMMEMBER') && left >= 1 && around && given.from !== 'FROMLONLAT') {
    if (source !== 0) shape.center = memberPlace(call, source, at + 1)
    given.from = 'FROMMEMBER'
    return at + 1
  }
  if (call.is(at, 'FROMLONLAT') && left >= 2 && around && given.from !== 'FROMMEMBER') {
    shape.center = placeArgument(call, at + 1)
    given.from = 'FROMLONLAT'
    return at + 2
  }
  if (call.is(at, 'BYRADIUS') && left >= 2 && isFree(given, 'BYRADIUS')) {
    readCircle(call, at + 1, shape)
    given.by = 'BYRADIUS'
    return at + 2
  }
  if (call.is(at, 'BYBOX') && left >= 3 && isFree(given, 'BYBOX')) {
    readBox(call, at + 1, shape)
    given.by = 'BYBOX'
    return at + 3
  }
  if (call.is(at, 'BYPOLYGON') && left >= 2 && given.from === '' && isFree(given, 'BYPOLYGON')) {
    given.by = 'BYPOLYGON'
    return readPolygon(call, at + 1, shape)
  }
  if (!call.is(at, 'STOREDIST')) throw syntaxError()
  search.storesDistance = true
  return at
}

const isFree = ({by}: Given, wanted: Given['by']): boolean => by === '' || by === wanted

const onlyOne = (options: string, name: string): CommandError =>
  new CommandError(`ERR exactly one of ${options} can be specified for ${name}`)

const PLAIN = {withDistance: false, withHash: false, withPlace: false}

function searchFrom(center: Place): Search {
  const shape = {center, unit: 1, radius: 0, width: 0, height: 0, isBox: false, polygon: null}
  return {shape, target: 0, storesDistance: false, count: 0, any: false, order: 0, ...PLAIN}
}

/**
 * Read options from argument `i` on; `readOther` takes those that not all commands have and returns the last argument it used.
 */
function readOptions(
  call: Call,
  i: number,
  search: Search,
  readOther: (at: number) => number,
): void {
  for (let at = i; at < call.argc; at++) {
    if (call.is(at, 'WITHDIST')) search.withDistance = true
    else if (call.is(at, 'WITHHASH')) search.withHash = true
    else if (call.is(at, 'WITHCOORD')) search.withPlace = true
    else if (call.is(at, 'ANY')) search.any = true
    else if (call.is(at, 'ASC')) search.order = 1
    else if (call.is(at, 'DESC')) search.order = -1
    else if (call.is(at, 'COUNT') && at + 1 < call.argc) {
      search.count = longArgument(call, ++at)
      if (search.count <= 0) throw new CommandError('ERR COUNT must be > 0')
    } else at = readOther(at)
  }
}

const hasDetails = ({withDistance, withHash, withPlace}: Search): boolean =>
  withDistance || withHash || withPlace

function checkAny({any, count}: Search): void {
  if (any && count === 0) throw new CommandError('ERR the ANY argument requires COUNT argument')
}

function readCircle(call: Call, i: number, shape: Shape): void {
  shape.radius = doubleArgument(call, i, 'ERR need numeric radius')
  if (shape.radius < 0) throw new CommandError('ERR radius cannot be negative')
  shape.unit = unitArgument(call, i + 1)
  shape.isBox = false
}

function readBox(call: Call, i: number, shape: Shape): void {
  shape.width = doubleArgument(call, i, 'ERR need numeric width')
  shape.height = doubleArgument(call, i + 1, 'ERR need numeric height')
  if (shape.width < 0 || shape.height < 0) {
    throw new CommandError('ERR height or width cannot be negative')
  }
  shape.unit = unitArgument(call, i + 2)
  shape.isBox = true
}

/** A number of vertices in argument `i`, and the vertices. Valkey 9.0. Returns the last argument. */
function readPolygon(call: Call, i: number, shape: Shape): number {
  const count = longArgument(call, i)
  if (count < 3 || count > (call.argc - i - 1) >> 1) {
    throw new CommandError('ERR GEOSEARCH BYPOLYGON must have at least 3 vertices')
  }
  const vertices = Array.from({length: count}, (_, k) => placeArgument(call, i + 1 + k * 2))
  shape.polygon = vertices
  shape.center = centerOfPolygon(vertices)
  return i + count * 2
}

export function unitArgument(call: Call, i: number): number {
  const unit = UNITS.find(([name]) => call.is(i, name))
  if (!unit) {
    throw new CommandError('ERR unsupported unit provided. please use M, KM, FT, MI')
  }
  return unit[1]
}
