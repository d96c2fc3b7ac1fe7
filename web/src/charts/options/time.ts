import { formatBucket, wholeDays } from '../../parts/format'
import { tickLabel, ticks } from '../ticks'
import { tooltip, type Tip } from '../tooltip'
import { adds, filled, stepOf, type Model, type Series } from '../model'
import { base, before, exact, legend, modelOf, plot, previousOf, valueAxis, type Build, type Input } from './base'

type Point = { value: [number, number | null]; symbol?: string; symbolSize?: number }

// The size of a point that no line leads to, in pixels.
const aloneSize = 9

/** shiftOf is how much later the period before is drawn, in milliseconds. */
export const shiftOf = ({ data }: Input) => (data.from && data.to ? Date.parse(data.to) - Date.parse(data.from) : 0)

/** periodBefore is the range that the compared rows are of. All of it is complete. */
function periodBefore(input: Input) {
  const { from, bucket } = input.data
  const start = from ? new Date(Date.parse(from) - shiftOf(input)).toISOString() : null
  return { bucket, from: start, to: from, complete_to: from ?? '' }
}

/**
 * points draws a series over time. Where a bucket is missing the line ends and begins again: nothing was measured there.
 * A point between two gaps would be invisible and gets a marker.
 */
export function points(times: number[], series: Series, step: number, shift = 0): Point[] {
  const made: Point[] = []
  const gap = (i: number) => i <= 0 || i >= times.length || (step > 0 && times[i]! - times[i - 1]! > step * 1.5)
  const missing = (i: number) => i < 0 || i >= times.length || series.values[i] === null
  times.forEach((at, i) => {
    if (i > 0 && gap(i)) made.push({ value: [times[i - 1]! + step + shift, null] })
    const alone = (gap(i) || missing(i - 1)) && (gap(i + 1) || missing(i + 1))
    made.push({ value: [at + shift, series.values[i] ?? null], ...(alone ? { symbol: 'circle', symbolSize: aloneSize } : {}) })
  })
  return made
}

function timeAxis(input: Input, times: number[]) {
  const { data, look, locale, size } = input
  const days = wholeDays(data.bucket)
  const min = Math.min(data.from ? Date.parse(data.from) : Infinity, times[0] ?? Infinity)
  const max = Math.max(data.to ? Date.parse(data.to) : -Infinity, times.at(-1) ?? -Infinity)
  const at = ticks(min, max, Math.max(2, Math.floor(size.width / (look.text * 8))), days)
  const lines = input.chart.type === 'line' || input.chart.type === 'area'
  return {
    type: 'time', ...(min < max ? { min, max } : {}), axisLine: { lineStyle: { color: look.colors.line } }, axisTick: { show: false }, splitLine: { show: false },
    axisLabel: { color: look.colors.soft, fontSize: look.text, hideOverlap: true, customValues: at, formatter: tickLabel(at, days, locale) },
    axisPointer: { type: lines ? 'line' : 'shadow', label: { show: false }, lineStyle: { color: look.colors.soft, type: 'solid', width: 1 } },
  }
}

function sayAt(input: Input, model: Model, previous: Model | null): (params: { axisValue: number; seriesName: string }[]) => Tip | null {
  const names = model.series.map((s) => s.name)
  const shift = shiftOf(input)
  return (params) => {
    const at = params[0]?.axisValue
    if (at === undefined) return null
    const place = nearest(model.times!, at)
    const past = previous?.times ? previous.times.findIndex((t) => t + shift === model.times![place]) : -1
    const rows = model.series.map((series, i) => {
      const was = past >= 0 ? before(input, series.values[place], previous!.series.find((s) => s.name === series.name)?.texts[past]) : undefined
      return { color: input.look.series[names.indexOf(series.name) % input.look.series.length]!, name: series.name, value: exact(input, series.texts[place]), i, ...(was ? { before: was } : {}) }
    })
    const note = wholeDays(input.data.bucket) ? 'Days of UTC' : undefined
    return place < 0 ? null : { title: formatBucket(model.times![place]!, input.data.bucket, input.locale), rows, ...(note ? { note } : {}) }
  }
}

function nearest(times: number[], at: number): number {
  let best = -1
  times.forEach((t, i) => {
    if (best < 0 || Math.abs(t - at) < Math.abs(times[best]! - at)) best = i
  })
  return best
}

/** overTime draws lines, areas and bars along a time axis. Several areas or stacked bars lie on each other. */
export const overTime: Build = (input) => {
  const { chart, look } = input
  const whole = adds(chart.sql)
  const model = whole ? filled(modelOf(input), input.data) : modelOf(input)
  const past = previousOf(input)
  const previous = past && whole ? filled(past, periodBefore(input)) : past
  const times = model.times ?? []
  const step = stepOf(input.data.bucket)
  const bars = chart.type === 'bar' || chart.type === 'stacked'
  const several = model.series.length > 1
  const stacked = chart.type === 'stacked' || (chart.type === 'area' && several)
  const color = (i: number) => look.series[i % look.series.length]!
  const series = model.series.map((s, i) => ({
    id: `now:${s.name}`, name: s.name, type: bars ? 'bar' : 'line', data: stacked && !bars ? points(times, level(s), step) : points(times, s, step), itemStyle: bars ? { color: color(i), borderRadius: several ? 0 : [2, 2, 0, 0] } : { color: color(i) },
    ...(stacked ? { stack: 'all' } : {}), ...(bars ? { barMaxWidth: 40 } : { symbol: 'none', symbolSize: 5, lineStyle: { width: 2, color: color(i) }, triggerLineEvent: true }),
    ...(chart.type === 'area' ? { areaStyle: { color: color(i), opacity: several ? 0.55 : 0.16 } } : {}), emphasis: { focus: several ? 'series' : 'none' },
  }))
  const dashed = bars && stacked ? [] : (previous?.series ?? []).map((s) => {
    const i = Math.max(0, model.series.findIndex((m) => m.name === s.name))
    return {
      id: `before:${s.name}`, name: `${s.name} (before)`, type: 'line', data: points(previous!.times ?? [], s, step, shiftOf(input)), symbol: 'none', silent: true, z: 1,
      lineStyle: { width: 1.5, type: 'dashed', color: color(i), opacity: 0.65 }, itemStyle: { color: color(i) },
    }
  })
  const names = model.series.map((s) => s.name)
  return {
    ...base(input), useUTC: wholeDays(input.data.bucket), grid: plot(input, several), legend: legend(input, names), xAxis: timeAxis(input, times), yAxis: valueAxis(input, input.size.height),
    tooltip: tooltip('axis', sayAt(input, model, previous) as (params: never) => Tip | null), series: [...dashed, ...series],
  }
}

/** level is a series that others lie on: where it has no value it must not let them fall. */
const level = (series: Series): Series => ({ ...series, values: series.values.map((value) => value ?? 0) })
