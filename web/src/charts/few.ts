import { formatCount } from '../parts/format'
import { sumTexts, type Model, type Series } from './model'

/** mostSeries is how many series a chart draws: as many as there are colours, since two of one colour cannot be told apart. */
export const mostSeries = 8

/** Few is a model with no more series than can be told apart. left says how many are in the table alone. */
export interface Few { model: Model; left: number }

/**
 * few keeps the largest series, in the query's order. What lies on each other keeps its height: there the rest becomes one
 * series, the last. Where series stand side by side the rest is left out.
 */
export function few(model: Model, together: boolean, locale?: string): Few {
  if (model.series.length <= mostSeries) return { model, left: 0 }
  const size = (series: Series) => series.values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0)
  const most = together ? mostSeries - 1 : mostSeries
  const kept = new Set([...model.series].sort((a, b) => size(b) - size(a)).slice(0, most))
  const shown = model.series.filter((series) => kept.has(series))
  if (!together) return { model: { ...model, series: shown }, left: model.series.length - shown.length }
  return { model: { ...model, series: [...shown, joined(model.series.filter((series) => !kept.has(series)), locale)] }, left: 0 }
}

/** joined adds series up, place by place. */
function joined(series: Series[], locale?: string): Series {
  const values = series[0]!.values.map((_, i) => {
    const present = series.map((s) => s.values[i]).filter((value) => typeof value === 'number')
    return present.length ? present.reduce((sum, value) => sum + value, 0) : null
  })
  const texts = values.map((value, i) => (value === null ? null : (sumTexts(series.map((s) => s.texts[i] ?? null)) ?? String(value))))
  return { name: `${formatCount(series.length, locale)} others`, values, texts }
}
