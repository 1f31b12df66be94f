/**
 * Places as scores: longitude and latitude as fractions of their range, 26 bits each, interleaved; the lowest bit is of the
 * latitude. A cell is what fewer bits leave open.
 *
 *     score   lon25 lat25 ... lon1 lat1 lon0 lat0
 *
 * Source: geohash.c, geohash_helper.c.
 */
export const STEP_MAX = 26
export const LAT_MAX = 85.05112878
export const LON_MAX = 180
const LAT_RANGE = LAT_MAX - -LAT_MAX
const LON_RANGE = 360

export interface Place {
  lon: number
  lat: number
}

/** A cell by its number in each direction. At the upper edge of the world a number is one too large, as in the server. */
export interface Cell {
  lat: number
  lon: number
  /** Bits of each number. */
  step: number
}

export interface Area {
  latMin: number
  latMax: number
  lonMin: number
  lonMax: number
}

export function cellOf({lon, lat}: Place, step: number): Cell {
  const cells = 2 ** step
  return {
    lat: Math.floor(((lat + LAT_MAX) / LAT_RANGE) * cells),
    lon: Math.floor(((lon + LON_MAX) / LON_RANGE) * cells),
    step,
  }
}

export function areaOf({lat, lon, step}: Cell): Area {
  const cells = 2 ** step
  return {
    latMin: -LAT_MAX + (lat / cells) * LAT_RANGE,
    latMax: -LAT_MAX + ((lat + 1) / cells) * LAT_RANGE,
    lonMin: -LON_MAX + (lon / cells) * LON_RANGE,
    lonMax: -LON_MAX + ((lon + 1) / cells) * LON_RANGE,
  }
}

/** The cell that lies so many cells to the east and to the north; beyond the edge the count begins anew. */
export function neighbour({lat, lon, step}: Cell, east: number, north: number): Cell {
  const cells = 2 ** step
  return {
    lat: north === 0 ? lat : (lat + north + cells) % cells,
    lon: east === 0 ? lon : (lon + east + cells) % cells,
    step,
  }
}

/** Bits of the two numbers in turn. */
export const cellBits = ({lat, lon}: Cell): bigint => spread(lat) | (spread(lon) << 1n)

function spread(number: number): bigint {
  let spread = 0n
  for (let bit = 0, rest = number; rest > 0; bit += 2, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) spread |= 1n << BigInt(bit)
  }
  return spread
}

/** The score of a place, before it is rounded to a double. */
export const bitsOf = (place: Place): bigint => cellBits(cellOf(place, STEP_MAX))

/** Scores of the places in a cell: from, included, to, not included. */
export function cellScores(cell: Cell): [from: number, to: number] {
  const bits = cellBits(cell)
  const shift = BigInt(2 * (STEP_MAX - cell.step))
  return [Number(bits << shift), Number((bits + 1n) << shift)]
}

/** The middle of the cell that a score stands for. Any score is taken for one. */
export function placeOf(score: number): Place {
  const bits = unsignedOf(score)
  const high = Number(bits >> 32n)
  const low = Number(bits & 0xffffffffn)
  const lat = gather(high) * 0x10000 + gather(low)
  const lon = gather(high >>> 1) * 0x10000 + gather(low >>> 1)
  const {latMin, latMax, lonMin, lonMax} = areaOf({lat, lon, step: STEP_MAX})
  return {
    lon: within((lonMin + lonMax) / 2, LON_MAX),
    lat: within((latMin + latMax) / 2, LAT_MAX),
  }
}

const within = (degrees: number, max: number): number => Math.max(-max, Math.min(max, degrees))

/** What x86-64 makes of a double as u64. */
function unsignedOf(score: number): bigint {
  if (score >= 2 ** 64) return 0n
  if (score < -(2 ** 63)) return 1n << 63n
  return BigInt.asUintN(64, BigInt(Math.trunc(score)))
}

/** Every second bit of 32. */
function gather(bits: number): number {
  let x = bits & 0x55555555
  x = (x | (x >>> 1)) & 0x33333333
  x = (x | (x >>> 2)) & 0x0f0f0f0f
  x = (x | (x >>> 4)) & 0x00ff00ff
  return (x | (x >>> 8)) & 0xffff
}
