import { formatCount, formatShort, formatValue } from '../../parts/format'
import { tooltip, type Tip } from '../tooltip'
import { sumTexts, type Model } from '../model'
import { base, before, exact, modelOf, previousOf, type Build, type Input } from './base'

/** mostSlices is how many slices a donut has; the smaller ones become one. */
export const mostSlices = 8

/** Slice is a part of a whole; other holds how many values were put together, and no filter can name them. */
export interface Slice { name: string; key: string | null; value: number; text: string | null; other?: number }

/** steps reads the first measure of each place. */
export function steps(model: Model): Slice[] {
  const series = model.series[0]
  return series ? model.labels.map((name, i) => ({ name, key: model.keys[i] ?? null, value: series.values[i] ?? 0, text: series.texts[i] ?? null })) : []
}

/** slices reads the parts of a whole, and puts the last of too many together. */
export function slices(model: Model, locale?: string): Slice[] {
  const all = steps(model)
  if (all.length <= mostSlices) return all
  const sorted = [...all].sort((a, b) => b.value - a.value)
  const rest = sorted.slice(mostSlices - 1)
  const value = rest.reduce((sum, slice) => sum + slice.value, 0)
  return [...sorted.slice(0, mostSlices - 1), { name: `${formatCount(rest.length, locale)} others`, key: null, value, text: sumTexts(rest.map((s) => s.text)) ?? String(value), other: rest.length }]
}

// A share that would be written as nothing is written as less than this.
const least = 0.001

function percent(share: number, locale?: string): string {
  const write = (value: number) => formatShort(value, { style: 'percent' }, locale)
  return share > 0 && share < least / 2 ? `<${write(least)}` : write(share)
}

/** say makes the tooltip of a part; tell names what its share is of. */
function say(input: Input, parts: Slice[], tell: (place: number) => { name: string; note?: string }): (params: { dataIndex: number }) => Tip | null {
  const previous = previousOf(input)
  return ({ dataIndex }) => {
    const slice = parts[dataIndex]
    if (!slice) return null
    const past = previous && !slice.other ? previous.series[0]?.texts[previous.keys.indexOf(slice.key)] : undefined
    const was = before(input, slice.value, past)
    const { name, note } = tell(dataIndex)
    return { title: slice.name, rows: [{ name, value: exact(input, slice.text), ...(was ? { before: was } : {}) }], ...(note ? { note } : {}) }
  }
}

/** whole is what the parts make together. What is less than nothing is no part of it. */
const whole = (parts: Slice[]) => parts.reduce((sum, slice) => sum + Math.max(0, slice.value), 0)

/** donut draws shares of a whole, which is written in its middle. */
export const donut: Build = (input) => {
  const { chart, look, size, locale } = input
  const model = modelOf(input)
  const parts = slices(model, locale)
  const total = whole(parts)
  const share = (slice: Slice) => (slice.value < 0 ? 'less than 0' : percent(total ? slice.value / total : 0, locale))
  // The ring has the left half, or all where there is no room for a legend.
  const room = size.width > 220 ? size.width * 0.46 : size.width
  const radius = Math.max(20, Math.min(room, size.height) / 2 - 6)
  const hole = radius * 0.62
  const sum = formatValue(sumTexts(parts.filter((slice) => slice.value > 0).map((slice) => slice.text)) ?? String(total), chart.format, locale)
  const middle = Math.min(look.text * 1.8, hole * 0.5)
  const says = sum.length * middle * 0.62 < hole * 1.7 ? sum : formatShort(total, chart.format, locale)
  const ring = { type: 'pie', center: [room / 2, '50%'], labelLine: { show: false } }
  return {
    ...base(input),
    legend: {
      type: 'scroll', orient: 'vertical', left: room / 2 + radius + 24, top: 'middle', icon: 'roundRect', itemWidth: look.text, itemHeight: look.text * 0.7, itemGap: look.text * 0.7, data: parts.map((slice) => slice.name),
      show: size.width > 220, textStyle: { color: look.colors.text, fontSize: look.text, width: Math.max(60, size.width * 0.54 - 34), overflow: 'truncate' }, pageIconColor: look.colors.soft, pageTextStyle: { color: look.colors.soft, fontSize: look.text },
      formatter: (name: string) => {
        const slice = parts.find((s) => s.name === name)
        return slice ? `${share(slice)}  ${name}` : name
      },
    },
    tooltip: tooltip('item', say(input, parts, (i) => ({ name: share(parts[i]!) })) as (params: never) => Tip | null),
    series: [{
      ...ring, id: 'now', radius: [hole, radius], label: { show: false }, stillShowZeroSum: false, itemStyle: { borderColor: look.colors.surface, borderWidth: 2 }, emphasis: { scaleSize: 4 },
      data: parts.map((slice, i) => ({ name: slice.name, value: Math.max(0, slice.value), itemStyle: { color: slice.other ? look.series.at(-1)! : look.series[i % look.series.length]! } })),
    }, {
      ...ring, id: 'whole', radius: [0, 0], silent: true, tooltip: { show: false }, data: [{ name: '', value: 1, itemStyle: { color: 'transparent' } }],
      label: { show: hole > look.text * 2.5, position: 'center', formatter: () => says, color: look.colors.text, fontSize: middle, fontWeight: 600 },
    }],
  }
}

/** funnel draws how many are left after each step, in the query's order, each as long as its number says. */
export const funnel: Build = (input) => {
  const { look, size, locale } = input
  const parts = steps(modelOf(input))
  const first = Math.max(0, parts[0]?.value ?? 0)
  const share = (value: number, of: number) => percent(of > 0 ? value / of : 0, locale)
  const label = (slice: Slice) => `${exact(input, slice.text)} · ${share(slice.value, first)}`
  const longest = Math.max(0, ...parts.map((slice) => label(slice).length))
  const tell = (i: number) => ({
    name: `${share(parts[i]!.value, first)} of ${parts[0]!.name}`, ...(i > 1 ? { note: `${share(parts[i]!.value, parts[i - 1]!.value)} of ${parts[i - 1]!.name}` } : {}),
  })
  return {
    ...base(input), grid: { left: 2, right: longest * look.text * 0.6 + 10, top: 4, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: tooltip('item', say(input, parts, tell) as (params: never) => Tip | null),
    xAxis: { type: 'value', show: false, min: 0, max: Math.max(1, ...parts.map((slice) => slice.value)) },
    yAxis: {
      type: 'category', inverse: true, data: parts.map((slice) => slice.name), axisTick: { show: false }, axisLine: { show: false },
      axisLabel: { color: look.colors.text, fontSize: look.text, width: Math.min(look.text * 12, size.width * 0.32), overflow: 'truncate', interval: 0 },
    },
    series: [{
      id: 'now', type: 'bar', barMaxWidth: look.text * 3.6, barCategoryGap: '28%', showBackground: true, backgroundStyle: { color: look.colors.empty, borderRadius: 3 }, itemStyle: { color: look.series[0]!, borderRadius: 3 },
      label: { show: true, position: 'right', color: look.colors.text, fontSize: look.text, formatter: ({ dataIndex }: { dataIndex: number }) => label(parts[dataIndex]!) },
      data: parts.map((slice) => Math.max(0, slice.value)),
    }],
  }
}
