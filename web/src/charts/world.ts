// The map and the parts of ECharts that draw it, in a chunk of their own: most dashboards have none.
import { MapChart } from 'echarts/charts'
import { VisualMapContinuousComponent } from 'echarts/components'
import { registerMap, use } from 'echarts/core'
import { feature } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'
import atlas from 'world-atlas/countries-110m.json'

use([MapChart, VisualMapContinuousComponent])

const topology = atlas as unknown as Topology<{ countries: GeometryCollection<{ name: string }> }>
const countries = feature(topology, topology.objects.countries)
// Antarctica has no shops, and half the map's height.
countries.features = countries.features.filter((country) => country.properties.name !== 'Antarctica')
for (const { geometry } of countries.features) {
  for (const polygon of geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : []) polygon.forEach(unwrap)
}
registerMap('world', countries as never)

/** unwrap lets a coast that crosses the 180th meridian (Russia's, Fiji's) go on beyond it, instead of back around the world. */
function unwrap(ring: number[][]) {
  const crosses = ring.some((point, i) => i > 0 && Math.abs(point[0]! - ring[i - 1]![0]!) > 180)
  if (!crosses) return
  for (const point of ring) if (point[0]! < 0) point[0]! += 360
}

/** Box is west, south, east and north of a country, in degrees. */
export type Box = [west: number, south: number, east: number, north: number]

/** boxes are where each country's largest piece of land lies: a département in South America does not widen France. */
export const boxes = new Map<string, Box>(countries.features.map(({ geometry, properties }) => {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : []
  const found = polygons.map((polygon) => boxOf(polygon[0] ?? []))
  return [properties.name, found.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a))]
}))

function boxOf(ring: number[][]): Box {
  const [x, y] = [ring.map((point) => point[0]!), ring.map((point) => point[1]!)]
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]
}

function sizeOf([west, south, east, north]: Box) {
  return (east - west) * (north - south)
}

/** mapNames are the countries the map has. */
export const mapNames = countries.features.map((country) => country.properties.name)
