import { tooltip, type Tip } from '../tooltip'
import { few } from '../few'
import type { Model } from '../model'
import { base, before, exact, legend, modelOf, plot, previousOf, valueAxis, type Build, type Input } from './base'

/** barHeight is the least height at which a lying bar's label can be read, in the label's own. */
const barHeight = 1.5

/** lies says whether bars lie on their side: when their labels, so many pixels high, are too long or too many to stand below. */
export function lies(labels: string[], width: number, text = 12): boolean {
  const longest = Math.max(0, ...labels.map((label) => label.length))
  return longest * 0.625 * text + 16 > width / Math.max(1, labels.length)
}

/** fitting is how many places of a chart can be drawn; the rest is in its table. */
export function fitting({ chart, size, look }: Pick<Input, 'chart' | 'size' | 'look'>, labels: string[]): number {
  if (chart.time || (chart.type !== 'bar' && chart.type !== 'stacked') || !lies(labels, size.width, look.text)) return labels.length
  return Math.max(3, Math.floor((size.height - 3.3 * look.text) / (barHeight * look.text)))
}

function say(input: Input, model: Model, previous: Model | null): (params: { dataIndex: number }[]) => Tip | null {
  return (params) => {
    const place = params[0]?.dataIndex
    if (place === undefined) return null
    const past = previous ? previous.keys.indexOf(model.keys[place] ?? null) : -1
    const rows = model.series.map((series, i) => {
      const was = past >= 0 ? before(input, series.values[place], previous!.series.find((s) => s.name === series.name)?.texts[past]) : undefined
      return { color: input.look.series[i]!, name: series.name, value: exact(input, series.texts[place]), ...(was ? { before: was } : {}) }
    })
    return { title: model.labels[place] ?? '', rows }
  }
}

// How high the line below a chart is that tells of what does not fit, in the labels' height.
const noteHeight = 1.9

/** unfitting is how many places of a chart are not drawn. The line that says so takes room itself, and must not be its own reason. */
export function unfitting(input: Pick<Input, 'chart' | 'size' | 'look'>, labels: string[], told: boolean): number {
  const { size, look } = input
  const without = { ...input, size: { ...size, height: size.height + (told ? noteHeight * look.text : 0) } }
  return fitting(without, labels) >= labels.length ? 0 : labels.length - fitting(input, labels)
}

/** byLabel draws bars for the first column's values, in the query's order. */
export const byLabel: Build = (input) => {
  const { chart, look, size } = input
  const stacked = chart.type === 'stacked'
  const { model } = few(modelOf(input), stacked, input.locale)
  const previous = previousOf(input)
  const lying = lies(model.labels, size.width, look.text)
  const shown = fitting(input, model.labels)
  const several = model.series.length > 1
  const radius = lying ? [0, 3, 3, 0] : [3, 3, 0, 0]
  const series = model.series.map((s, i) => ({
    id: `now:${s.name}`, name: s.name, type: chart.type === 'line' || chart.type === 'area' ? 'line' : 'bar', data: s.values.slice(0, shown), barMaxWidth: look.text * (lying ? 2.2 : 4.7), ...(previous ? { barGap: '10%', barCategoryGap: '32%' } : {}),
    itemStyle: { color: look.series[i]!, ...(several ? (stacked ? { borderColor: look.colors.surface, borderWidth: 0.5 } : {}) : { borderRadius: radius }) },
    ...(stacked ? { stack: 'all' } : {}), emphasis: { focus: several ? 'series' : 'none' },
  }))
  const past = stacked ? [] : (previous?.series ?? []).filter((s) => model.series.some((m) => m.name === s.name)).map((s) => ({
    id: `before:${s.name}`, name: `${s.name} (before)`, type: 'bar', barMaxWidth: 10, silent: true, itemStyle: { color: look.colors.soft, opacity: 0.45, borderRadius: radius },
    data: model.keys.slice(0, shown).map((key) => s.values[previous!.keys.indexOf(key)] ?? null),
  }))
  const labels = {
    type: 'category', data: model.labels.slice(0, shown), axisTick: { show: false }, axisLine: { lineStyle: { color: look.colors.line } }, inverse: lying,
    axisLabel: { color: look.colors.soft, fontSize: look.text, width: lying ? Math.min(look.text * 15, size.width * 0.42) : (size.width - 60) / shown - 6, overflow: 'truncate', interval: 0 }, axisPointer: { type: 'shadow' },
  }
  const values = valueAxis(input, lying ? size.width * 0.35 : size.height)
  return {
    ...base(input), grid: plot(input, several), legend: legend(input, model.series.map((s) => s.name)), ...(lying ? { yAxis: labels, xAxis: values } : { xAxis: labels, yAxis: values }),
    tooltip: tooltip('axis', say(input, model, previous) as (params: never) => Tip | null, { axisPointer: { type: 'shadow' } }), series: [...series, ...past],
  }
}
