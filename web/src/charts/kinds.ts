import type { ChartType } from '../api/types'
import { byLabel } from './options/category'
import type { Build } from './options/base'
import { donut, funnel } from './options/share'
import { overTime } from './options/time'

/** kinds are how people are told what a chart is. */
export const kinds: Record<ChartType, string> = {
  number: 'Number', line: 'Line chart', area: 'Area chart', bar: 'Bar chart', stacked: 'Stacked bar chart', donut: 'Donut chart', funnel: 'Funnel', table: 'Table', map: 'Map of countries',
}

/** drawn says whether ECharts draws a chart of this type; numbers and tables are elements. */
export const drawn = (type: ChartType) => type !== 'number' && type !== 'table'

/** buildOf is the builder for a chart that needs no map. */
export function buildOf(type: ChartType, time: boolean): Build {
  if (type === 'donut') return donut
  if (type === 'funnel') return funnel
  return time ? overTime : byLabel
}
