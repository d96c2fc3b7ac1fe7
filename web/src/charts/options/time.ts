import { formatBucket, wholeDays } from '../../parts/format'
import { tooltip, type Tip } from '../tooltip'
import { stepOf, type Model, type Series } from '../model'
import { base, before, exact, legend, modelOf, plot, previousOf, valueAxis, type Build, type Input } from './base'

type Point = { value: [number, number | null]; symbol?: string }

/** shiftOf is how much later the period before is drawn, in milliseconds. */
export const shiftOf = ({ data }: Input) => (data.from && data.to ? Date.parse(data.to) - Date.parse(data.from) : 0)

/**
 * points draws a series over time. Where a bucket is missing the line ends and begins again: nothing was measured there.
 * A point between two gaps would be invisible and gets a dot.
 */
export function points(times: number[], series: Series, step: number, shift = 0): Point[] {
  const made: Point[] = []
  const gap = (i: number) => i <= 0 || i >= times.length || (step > 0 && times[i]! - times[i - 1]! > step * 1.5)
  const missing = (i: number) => i < 0 || i >= times.length || series.values[i] === null
  times.forEach((at, i) => {
    if (i > 0 && gap(i)) made.push({ value: [times[i - 1]! + step + shift, null] })
    const alone = (gap(i) || missing(i - 1)) && (gap(i + 1) || missing(i + 1))
    made.push({ value: [at + shift, series.values[i] ?? null], ...(alone ? { symbol: 'circle' } : {}) })
  })
  return made
}

function timeAxis(input: Input, times: number[]) {
  const { data, look, locale } = input
  const days = wholeDays(data.bucket)
  const from = data.from ? Date.parse(data.from) : Infinity
  const to = data.to ? Date.parse(data.to) : -Infinity
  const min = Math.min(from, times[0] ?? Infinity)
  const max = Math.max(to, times.at(-1) ?? -Infinity)
  const zone = days ? { timeZone: 'UTC' } : {}
  const write = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...options, ...zone })
  const hours = write({ hour: '2-digit', minute: '2-digit' })
  const seconds = write({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const day = write({ month: 'short', day: 'numeric' })
  const month = write({ month: 'short', year: 'numeric' })
  const midnight = (at: number) => (days ? new Date(at).getUTCHours() : new Date(at).getHours()) === 0 && new Date(at).getMinutes() === 0 && at % 60_000 === 0
  const span = max - min
  const label = (at: number) => {
    if (span > 400 * 86_400_000) return month.format(at)
    if (days || midnight(at)) return day.format(at)
    return (at % 60_000 ? seconds : hours).format(at)
  }
  return {
    type: 'time', ...(min < max ? { min, max } : {}), splitNumber: Math.max(2, Math.floor(input.size.width / 110)),
    axisLine: { lineStyle: { color: look.colors.line } }, axisTick: { show: false }, splitLine: { show: false },
    axisLabel: { color: look.colors.soft, hideOverlap: true, formatter: label },
    axisPointer: { type: input.chart.type === 'line' || input.chart.type === 'area' ? 'line' : 'shadow', label: { show: false }, lineStyle: { color: look.colors.soft, type: 'solid', width: 1 } },
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
  const model = modelOf(input)
  const previous = previousOf(input)
  const times = model.times ?? []
  const step = stepOf(times, input.data.bucket)
  const bars = chart.type === 'bar' || chart.type === 'stacked'
  const several = model.series.length > 1
  const stacked = chart.type === 'stacked' || (chart.type === 'area' && several)
  const color = (i: number) => look.series[i % look.series.length]!
  const series = model.series.map((s, i) => ({
    id: `now:${s.name}`, name: s.name, type: bars ? 'bar' : 'line', data: stacked && !bars ? filled(times, s, step) : points(times, s, step), itemStyle: bars ? { color: color(i), borderRadius: several ? 0 : [2, 2, 0, 0] } : { color: color(i) },
    ...(stacked ? { stack: 'all' } : {}), ...(bars ? { barMaxWidth: 40, barMinHeight: 1 } : { symbol: 'none', symbolSize: 5, lineStyle: { width: 2, color: color(i) }, triggerLineEvent: true }),
    ...(chart.type === 'area' ? { areaStyle: { color: color(i), opacity: several ? 0.55 : 0.16 } } : {}), emphasis: { focus: several ? 'series' : 'none' },
  }))
  const past = bars && stacked ? [] : (previous?.series ?? []).map((s) => {
    const i = Math.max(0, model.series.findIndex((m) => m.name === s.name))
    return {
      id: `before:${s.name}`, name: `${s.name} (before)`, type: 'line', data: points(previous!.times ?? [], s, step, shiftOf(input)), symbol: 'none', silent: true, z: 1,
      lineStyle: { width: 1.5, type: 'dashed', color: color(i), opacity: 0.65 }, itemStyle: { color: color(i) },
    }
  })
  const names = model.series.map((s) => s.name)
  return {
    ...base(input), useUTC: wholeDays(input.data.bucket), grid: plot(several), legend: legend(input, names), xAxis: timeAxis(input, times), yAxis: valueAxis(input, input.size.height),
    tooltip: tooltip('axis', sayAt(input, model, previous) as (params: never) => Tip | null), series: [...past, ...series],
  }
}

/** filled is a series that others lie on: where it has no value it must not let them fall. */
const filled = (times: number[], series: Series, step: number): Point[] => points(times, { ...series, values: series.values.map((v) => v ?? 0) }, step)
