/**
 * Searches inside of a polygon, of Valkey 9.0: its sides are straight in degrees, and it does not reach over the date line.
 * Source: geohashBoundingBox() and geohashGetDistanceIfInPolygon() in geohash_helper.c of Valkey.
 */
import type {Area, Place} from './geohash.ts'
import {exactAtan2, exactCos, exactSin} from './trigonometry.ts'

const RADIANS = Math.PI / 180

/** The place that distances are measured from: the mean of the vertices, as directions from the middle of the earth. */
export function centerOfPolygon(vertices: readonly Place[]): Place {
  let x = 0
  let y = 0
  let z = 0
  for (const {lon, lat} of vertices) {
    const across = exactCos(lat * RADIANS)
    x += across * exactCos(lon * RADIANS)
    y += across * exactSin(lon * RADIANS)
    z += exactSin(lat * RADIANS)
  }
  const lat = exactAtan2(z, Math.sqrt(x * x + y * y))
  return {lon: exactAtan2(y, x) / RADIANS, lat: lat / RADIANS}
}

export function boundsOfPolygon(vertices: readonly Place[]): Area {
  const lons = vertices.map(({lon}) => lon)
  const lats = vertices.map(({lat}) => lat)
  return {
    lonMin: lons.reduce((a, b) => Math.min(a, b)),
    latMin: lats.reduce((a, b) => Math.min(a, b)),
    lonMax: lons.reduce((a, b) => Math.max(a, b)),
    latMax: lats.reduce((a, b) => Math.max(a, b)),
  }
}

/** Does a line from the place to the east cross an odd number of sides? */
export function isInPolygon(vertices: readonly Place[], {lon, lat}: Place): boolean {
  let inside = false
  let last = vertices[vertices.length - 1]
  for (const vertex of vertices) {
    if (vertex.lat > lat !== last.lat > lat) {
      // In this order of operations a place on a side falls to the same side as in the server.
      const side =
        ((last.lon - vertex.lon) * (lat - vertex.lat)) / (last.lat - vertex.lat) + vertex.lon
      if (lon < side) inside = !inside
    }
    last = vertex
  }
  return inside
}
