import { formatBucket, parseTime, wholeDays } from '../../parts/format'
import { few } from '../few'
import { tickLabel, ticks } from '../ticks'
import { tooltip, type Tip } from '../tooltip'
import { adds, filled, stepOf, type Model, type Series } from '../model'
import { base, before, exact, legend, modelOf, plot, previousOf, valueAxis, type Build, type Input } from './base'

type Point = { value: [number, number | null]; symbol?: string; symbolSize?: number; itemStyle?: { opacity: number } }

// How thick a line is, in pixels: it grows with the letters, so that a wall shows it, too.
const widthOf = ({ look }: Input) => Math.max(2, look.text / 6)

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

/** fills says whether the last bucket still fills, so that what it shows so far must not look like a fall. */
export function fills(times: number[], { bucket, complete_to }: Pick<Input['data'], 'bucket' | 'complete_to'>): boolean {
  const last = times.at(-1)
  const complete = parseTime(complete_to)
  if (last === undefined || complete === null || bucket === '') return false
  const begun = new Date(last)
  return complete < (bucket === 'month' ? Date.UTC(begun.getUTCFullYear(), begun.getUTCMonth() + 1) : last + stepOf(bucket))
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
    axisLabel: { color: look.colors.soft, fontSize: look.text, hideOverlap: true, ...(at[0]! - min < (max - min) * 0.03 ? { alignMinLabel: 'left' } : {}), customValues: at, formatter: tickLabel(at, days, locale) },
    axisPointer: { type: lines ? 'line' : 'shadow', label: { show: false }, lineStyle: { color: look.colors.soft, type: 'solid', width: 1 } },
  }
}

function sayAt(input: Input, model: Model, left: number, previous: Model | null): (params: { axisValue: number; seriesName: string }[]) => Tip | null {
  const shift = shiftOf(input)
  return (params) => {
    const at = params[0]?.axisValue
    if (at === undefined) return null
    const place = nearest(model.times!, at)
    const past = previous?.times ? previous.times.findIndex((t) => t + shift === model.times![place]) : -1
    const rows = model.series.map((series, i) => {
      const was = past >= 0 ? before(input, series.values[place], previous!.series.find((s) => s.name === series.name)?.texts[past]) : undefined
      return { color: input.look.series[i]!, name: series.name, value: exact(input, series.texts[place]), ...(was ? { before: was } : {}) }
    })
    if (place < 0) return null
    const notes = [place === model.times!.length - 1 && fills(model.times!, input.data) ? 'Still filling' : '', left > 0 ? `${left} more in the table` : '', wholeDays(input.data.bucket) && new Date(at).getTimezoneOffset() !== 0 ? 'Days are counted in UTC' : ''].filter(Boolean)
    return { title: formatBucket(model.times![place]!, input.data.bucket, input.locale), rows, ...(notes.length ? { note: notes.join(' · ') } : {}) }
  }
}

function nearest(times: number[], at: number): number {
  let best = -1
  times.forEach((t, i) => {
    if (best < 0 || Math.abs(t - at) < Math.abs(times[best]! - at)) best = i
  })
  return best
}

/** drawing is what each series of a chart over time is drawn by. */
interface Drawing { input: Input; times: number[]; step: number; several: boolean; stacked: boolean; open: boolean }

function bars(s: Series, color: string, { times, step, several, stacked, open }: Drawing): object[] {
  const data = points(times, s, step)
  const last = data.at(-1)
  if (open && last) data[data.length - 1] = { ...last, itemStyle: { opacity: 0.5 } }
  return [{
    id: `now:${s.name}`, name: s.name, type: 'bar', data, barMaxWidth: 40, itemStyle: { color, borderRadius: several ? 0 : [2, 2, 0, 0] }, ...(stacked ? { stack: 'all' } : {}), emphasis: { focus: several ? 'series' : 'none' },
  }]
}

/** line draws a series, and the way to a bucket that still fills as dots: it is not there yet. Areas on each other have no gap for that. */
function line(s: Series, color: string, { input, times, step, several, stacked, open }: Drawing): object[] {
  const look = { name: s.name, type: 'line', symbol: 'none', symbolSize: 5, itemStyle: { color }, triggerLineEvent: true, emphasis: { focus: several ? 'series' : 'none' } }
  const width = widthOf(input)
  const area = input.chart.type === 'area' ? (opacity: number) => ({ areaStyle: { color, opacity } }) : () => ({})
  if (stacked) return [{ ...look, id: `now:${s.name}`, data: points(times, level(s), step), stack: 'all', lineStyle: { width, color }, ...area(0.55) }]
  const cut = open ? times.length - 1 : times.length
  const part = (from: number, to: number) => points(times.slice(from, to), { ...s, values: s.values.slice(from, to) }, step)
  const whole = { ...look, id: `now:${s.name}`, data: part(0, cut), lineStyle: { width, color }, ...area(several ? 0.55 : 0.16) }
  return open ? [whole, { ...look, id: `open:${s.name}`, data: part(Math.max(0, cut - 1), cut + 1), lineStyle: { width, type: 'dotted', color }, ...area(0.07) }] : [whole]
}

/** overTime draws lines, areas and bars along a time axis. Several areas or stacked bars lie on each other. */
export const overTime: Build = (input) => {
  const { chart, look, data } = input
  const whole = adds(chart.sql)
  const all = whole ? filled(modelOf(input), data) : modelOf(input)
  const past = previousOf(input)
  const previous = past && whole ? filled(past, periodBefore(input)) : past
  const several = all.series.length > 1
  const stacked = chart.type === 'stacked' || (chart.type === 'area' && several)
  const { model, left } = few(all, stacked, input.locale)
  const times = model.times ?? []
  const drawing: Drawing = { input, times, step: stepOf(data.bucket), several, stacked, open: fills(times, data) }
  const upright = chart.type === 'bar' || chart.type === 'stacked'
  const names = model.series.map((s) => s.name)
  const series = model.series.flatMap((s, i) => (upright ? bars : line)(s, look.series[i]!, drawing))
  const dashed = upright && stacked ? [] : (previous?.series ?? []).flatMap((s) => {
    const i = several ? names.indexOf(s.name) : 0
    return i < 0 ? [] : [{
      id: `before:${s.name}`, name: `${s.name} (before)`, type: 'line', data: points(previous!.times ?? [], s, drawing.step, shiftOf(input)), symbol: 'none', silent: true, z: 1,
      lineStyle: { width: 0.75 * widthOf(input), type: 'dashed', color: look.series[i]!, opacity: 0.65 }, itemStyle: { color: look.series[i]! },
    }]
  })
  return {
    ...base(input), useUTC: wholeDays(data.bucket), grid: plot(input, several), legend: legend(input, names), xAxis: timeAxis(input, times), yAxis: valueAxis(input, input.size.height),
    tooltip: tooltip('axis', sayAt(input, model, left, previous) as (params: never) => Tip | null), series: [...dashed, ...series],
  }
}

/** level is a series that others lie on: where it has no value it must not let them fall. */
const level = (series: Series): Series => ({ ...series, values: series.values.map((value) => value ?? 0) })
