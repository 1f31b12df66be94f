/**
 * What a search looks for: a circle or a box around a place, in metres, or a polygon, and the cells that cover it. Source: geohash_helper.c.
 */
import {
  type Area,
  areaOf,
  type Cell,
  cellBits,
  cellOf,
  LAT_MAX,
  neighbour,
  type Place,
  STEP_MAX,
} from './geohash.ts'
import {boundsOfPolygon, isInPolygon} from './polygon.ts'
import {exactAsin, exactCos, exactSin} from './trigonometry.ts'

const EARTH_RADIUS = 6372797.560856
const MERCATOR_MAX = 20037726.37
const RADIANS = Math.PI / 180
/** How far the quick distance may be off. */
const DOUBT = 1e-9

export interface Shape {
  center: Place
  /** Metres to a unit: lengths below are in units. */
  unit: number
  /** Of a circle, else 0. */
  radius: number
  /** Of a box. */
  width: number
  height: number
  isBox: boolean
  /** The vertices of a polygon, which has none of the lengths above; its centre is centerOfPolygon(). */
  polygon: readonly Place[] | null
}

/** Metres between two places, to the last bit. */
export function distance(from: Place, to: Place): number {
  return haversine(from, to, exactSin, exactCos, exactAsin)
}

type Function = (x: number) => number

function haversine(from: Place, to: Place, sin: Function, cos: Function, asin: Function): number {
  const v = sin((to.lon * RADIANS - from.lon * RADIANS) / 2)
  if (v === 0) return latDistance(from.lat, to.lat)
  const lat1 = from.lat * RADIANS
  const lat2 = to.lat * RADIANS
  const u = sin((lat2 - lat1) / 2)
  const a = u * u + cos(lat1) * cos(lat2) * v * v
  return 2 * EARTH_RADIUS * asin(Math.sqrt(a))
}

const latDistance = (a: number, b: number): number =>
  EARTH_RADIUS * Math.abs(b * RADIANS - a * RADIANS)

/** Metres from the centre of a shape to a place in it; -1 when it is not. */
export function distanceWithin(shape: Shape, place: Place): number {
  const {center, unit, polygon} = shape
  if (polygon !== null) return isInPolygon(polygon, place) ? distance(center, place) : -1
  if (!shape.isBox) {
    const radius = shape.radius * unit
    const about = haversine(center, place, Math.sin, Math.cos, Math.asin)
    if (about > radius * (1 + DOUBT) + DOUBT) return -1
    const exact = distance(center, place)
    return exact > radius ? -1 : exact
  }
  if (latDistance(place.lat, center.lat) > (shape.height * unit) / 2) return -1
  const across = distance(place, {lon: center.lon, lat: place.lat})
  return across > (shape.width * unit) / 2 ? -1 : distance(center, place)
}

/** The cells that servers look at, in their order. Source: membersOfAllNeighbors() in geo.c. */
export function cellsOf(shape: Shape): Cell[] {
  // Only the middle of a polygon can lie so near to a pole. geohashEncode() refuses it, and a server goes on with whatever the
  // stack holds: nothing is found, unless another search has just left its cells there.
  if (Math.abs(shape.center.lat) > LAT_MAX) return []
  const bounds = boundsOf(shape)
  let step = stepFor(radiusOf(shape, bounds), shape.center.lat)
  if (step > 1 && !covers(cellOf(shape.center, step), bounds)) step--
  const center = cellOf(shape.center, step)
  const area = areaOf(center)
  const useful = ([east, north]: readonly [number, number]): boolean => {
    if (step < 2) return true
    if (north < 0 && area.latMin < bounds.latMin) return false
    if (north > 0 && area.latMax > bounds.latMax) return false
    if (east < 0 && area.lonMin < bounds.lonMin) return false
    return !(east > 0 && area.lonMax > bounds.lonMax)
  }
  const around = AROUND.filter(useful).map(([east, north]) => neighbour(center, east, north))
  return [center, ...withoutRepeats(around)]
}

/** North, south, east, west, then the corners. */
const AROUND = [
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
] as const

/** Around the world neighbours come twice, one behind the other. */
function withoutRepeats(cells: Cell[]): Cell[] {
  return cells.filter((cell, i) => i === 0 || cellBits(cell) !== cellBits(cells[i - 1]))
}

function boundsOf({center, unit, radius, width, height, isBox, polygon}: Shape): Area {
  if (polygon !== null) return boundsOfPolygon(polygon)
  const {lon, lat} = center
  const high = unit * (isBox ? height / 2 : radius)
  const wide = unit * (isBox ? width / 2 : radius)
  const latDelta = high / EARTH_RADIUS / RADIANS
  // The circle of latitude nearer to the pole is the shorter one.
  const far = lat < 0 ? lat - latDelta : lat + latDelta
  const lonDelta = wide / EARTH_RADIUS / Math.cos(far * RADIANS) / RADIANS
  return {
    lonMin: lon - lonDelta,
    latMin: lat - latDelta,
    lonMax: lon + lonDelta,
    latMax: lat + latDelta,
  }
}

/** Metres from the centre to what is farthest; of a polygon, to the corners of its bounds. */
function radiusOf(
  {center, unit, radius, width, height, isBox, polygon}: Shape,
  bounds: Area,
): number {
  if (polygon !== null) {
    const {lonMin, latMin, lonMax, latMax} = bounds
    const corners = [lonMin, lonMax].flatMap((lon) => [latMin, latMax].map((lat) => ({lon, lat})))
    return Math.max(...corners.map((corner) => distance(center, corner)))
  }
  const units = isBox ? Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) : radius
  return units * unit
}

/** Do a cell and its neighbours cover all of the bounds? */
function covers(cell: Cell, bounds: Area): boolean {
  return (
    areaOf(neighbour(cell, 0, 1)).latMax >= bounds.latMax &&
    areaOf(neighbour(cell, 0, -1)).latMin <= bounds.latMin &&
    areaOf(neighbour(cell, 1, 0)).lonMax >= bounds.lonMax &&
    areaOf(neighbour(cell, -1, 0)).lonMin <= bounds.lonMin
  )
}

/** Source: geohashEstimateStepsByRadius(). */
function stepFor(radius: number, lat: number): number {
  if (radius === 0) return STEP_MAX
  let step = 1
  for (let metres = radius; metres < MERCATOR_MAX; metres *= 2) step++
  step -= 2
  const size = Math.abs(lat)
  if (size > 66) step--
  if (size > 80) step--
  return Math.max(1, Math.min(STEP_MAX, step))
}
