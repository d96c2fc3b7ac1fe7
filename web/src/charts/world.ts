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
registerMap('world', countries as never)

/** mapNames are the countries the map has. */
export const mapNames = countries.features.map((country) => country.properties.name)
