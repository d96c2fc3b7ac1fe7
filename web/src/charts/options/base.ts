import type { EChartsCoreOption } from 'echarts/core'
import type { ChartData, ChartDefinition, Result } from '../../api/types'
import { formatChange, formatShort, formatValue } from '../../parts/format'
import type { Size } from '../canvas'
import type { Look } from '../look'
import { readModel, type Model } from '../model'

/** Input is all that an option is made of; a builder knows no page and no clock. */
export interface Input { chart: ChartDefinition; data: ChartData & Result; look: Look; size: Size; locale?: string | undefined }

/** Build makes ECharts' option for one type of chart. */
export type Build = (input: Input) => EChartsCoreOption

export const modelOf = ({ chart, data, locale }: Input): Model => readModel(data, chart.time, locale)
export const previousOf = ({ chart, data, locale }: Input): Model | null => (data.previous ? readModel(data.previous, chart.time, locale) : null)

/** base is what all charts share. New data moves gently; a chart's first picture is there at once. */
export const base = ({ look }: Input): EChartsCoreOption => ({
  animation: !look.calm, animationDuration: 0, animationDurationUpdate: 300, animationEasingUpdate: 'cubicOut',
  color: look.series, backgroundColor: 'transparent', textStyle: { fontFamily: look.font, color: look.colors.text, fontSize: look.text },
})

/** plot is the rectangle that axes frame, with room for their labels and for a legend above. */
export const plot = ({ look }: Input, legend: boolean) => ({ left: 2, right: Math.round(look.text * 1.2), top: Math.round(look.text * (legend ? 2.8 : 0.8)), bottom: 5, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' })

export const legend = ({ look }: Input, names: string[]) => ({
  type: 'scroll', show: names.length > 1, top: 0, padding: [4, 0], left: 0, right: 0, itemWidth: look.text, itemHeight: look.text, itemGap: look.text * 1.2, icon: 'roundRect', data: names,
  textStyle: { color: look.colors.soft, fontSize: look.text, width: look.text * 13, overflow: 'truncate' }, pageIconColor: look.colors.soft, pageIconInactiveColor: look.colors.line, pageTextStyle: { color: look.colors.soft, fontSize: look.text },
})

export const valueAxis = ({ chart, look, locale }: Input, length: number) => ({
  type: 'value', splitNumber: Math.max(2, Math.min(6, Math.floor(length / (look.text * 4.2)))), axisLine: { show: false }, axisTick: { show: false },
  splitLine: { lineStyle: { color: look.colors.line } },
  axisLabel: { color: look.colors.soft, fontSize: look.text, hideOverlap: true, formatter: (value: number) => formatShort(value, chart.format, locale) },
})

/** exact writes a value as the warehouse has it. */
export const exact = ({ chart, locale }: Input, text: string | null | undefined) => formatValue(text ?? null, chart.format, locale)

/** before says in a tooltip what a value was in the period before. */
export function before(input: Input, now: number | null | undefined, text: string | null | undefined): string | undefined {
  if (text === null || text === undefined) return undefined
  const change = typeof now === 'number' ? formatChange(now, Number(text), input.locale) : null
  return `before ${exact(input, text)}${change ? ` (${change})` : ''}`
}
