import { formatShort } from '../../parts/format'
import { tooltip, type Tip } from '../tooltip'
import { sumTexts, type Model } from '../model'
import { base, before, exact, modelOf, previousOf, type Build, type Input } from './base'

/** mostSlices is how many slices a donut has; the smaller ones become one. */
export const mostSlices = 8

/** Slice is a part of a whole; other holds how many values were put together, and no filter can name them. */
export interface Slice { name: string; key: string | null; value: number; text: string | null; other?: number }

/** slices reads the parts of a whole, and puts the last of too many together. */
export function slices(model: Model): Slice[] {
  const series = model.series[0]
  if (!series) return []
  const all: Slice[] = model.labels.map((name, i) => ({ name, key: model.keys[i] ?? null, value: series.values[i] ?? 0, text: series.texts[i] ?? null }))
  if (all.length <= mostSlices) return all
  const sorted = [...all].sort((a, b) => b.value - a.value)
  const rest = sorted.slice(mostSlices - 1)
  const value = rest.reduce((sum, slice) => sum + slice.value, 0)
  return [...sorted.slice(0, mostSlices - 1), { name: `${rest.length} others`, key: null, value, text: sumTexts(rest.map((s) => s.text)) ?? String(value), other: rest.length }]
}

const percent = (share: number, locale?: string) => formatShort(share, { style: 'percent' }, locale)

function say(input: Input, parts: Slice[], share: (slice: Slice) => string): (params: { dataIndex: number; color: string }) => Tip | null {
  const previous = previousOf(input)
  return ({ dataIndex, color }) => {
    const slice = parts[dataIndex]
    if (!slice) return null
    const past = previous && !slice.other ? previous.series[0]?.texts[previous.keys.indexOf(slice.key)] : undefined
    const was = before(input, slice.value, past)
    return { title: slice.name, rows: [{ color, name: share(slice), value: exact(input, slice.text), ...(was ? { before: was } : {}) }] }
  }
}

/** donut draws shares of a whole. */
export const donut: Build = (input) => {
  const { look, size, locale } = input
  const parts = slices(modelOf(input))
  const total = parts.reduce((sum, slice) => sum + slice.value, 0) || 1
  // The ring has the left half, or all where there is no room for a legend.
  const room = size.width > 220 ? size.width * 0.46 : size.width
  const radius = Math.max(20, Math.min(room, size.height) / 2 - 6)
  const color = (slice: Slice, i: number) => (slice.other ? look.series.at(-1)! : look.series[i % look.series.length]!)
  return {
    ...base(input),
    legend: {
      type: 'scroll', orient: 'vertical', left: room / 2 + radius + 24, top: 'middle', icon: 'roundRect', itemWidth: look.text, itemHeight: look.text * 0.7, itemGap: look.text * 0.7,
      show: size.width > 220, textStyle: { color: look.colors.text, fontSize: look.text, width: Math.max(60, size.width * 0.54 - 34), overflow: 'truncate' }, pageIconColor: look.colors.soft, pageTextStyle: { color: look.colors.soft, fontSize: look.text },
      formatter: (name: string) => {
        const slice = parts.find((s) => s.name === name)
        return slice ? `${percent(slice.value / total, locale)}  ${name}` : name
      },
    },
    tooltip: tooltip('item', say(input, parts, (slice) => percent(slice.value / total, locale)) as (params: never) => Tip | null),
    series: [{
      id: 'now', type: 'pie', radius: [radius * 0.62, radius], center: [room / 2, '50%'], label: { show: false }, labelLine: { show: false },
      itemStyle: { borderColor: look.colors.surface, borderWidth: 2 }, emphasis: { scaleSize: 4 },
      data: parts.map((slice, i) => ({ name: slice.name, value: slice.value, itemStyle: { color: color(slice, i) } })),
    }],
  }
}

/** funnel draws how many are left after each step, in the query's order. */
export const funnel: Build = (input) => {
  const { look, size, locale } = input
  const parts = slices(modelOf(input))
  const first = parts[0]?.value || 1
  const share = (slice: Slice) => percent(slice.value / first, locale)
  return {
    ...base(input), tooltip: tooltip('item', say(input, parts, (slice) => `${share(slice)} of ${parts[0]?.name ?? ''}`) as (params: never) => Tip | null),
    series: [{
      id: 'now', type: 'funnel', sort: 'none', left: 0, width: Math.max(80, size.width * 0.5), top: 6, bottom: 6, gap: 3, minSize: '2%', funnelAlign: 'center', itemStyle: { borderWidth: 0 }, labelLine: { length: 12, lineStyle: { color: look.colors.line } },
      label: {
        position: 'right', color: look.colors.text, fontSize: look.text, width: size.width * 0.42, overflow: 'truncate', backgroundColor: look.colors.surface, padding: [1, 6], borderRadius: 4, lineHeight: look.text * 1.35,
        formatter: ({ dataIndex }: { dataIndex: number }) => `${parts[dataIndex]!.name}\n${exact(input, parts[dataIndex]!.text)} · ${share(parts[dataIndex]!)}`,
      },
      data: parts.map((slice, i) => ({ name: slice.name, value: slice.value, itemStyle: { color: look.series[0]!, opacity: 1 - 0.5 * (i / Math.max(1, parts.length)) } })),
    }],
  }
}
