import { formatShort } from '../../parts/format'
import { countryMatcher } from '../countries'
import type { Model } from '../model'
import { sumTexts } from '../model'
import { tooltip, type Tip } from '../tooltip'
import { base, before, exact, modelOf, previousOf, type Build, type Input } from './base'

/** Place is a country of the map with the rows that name it: two spellings of one country are one place. */
export interface Place { name: string; value: number; text: string | null; rows: number[] }

/** places finds the rows' countries on the map, and lists the rows whose country it does not have. */
export function places(model: Model, mapNames: string[]): { found: Place[]; missing: number[] } {
  const match = countryMatcher(mapNames)
  const found = new Map<string, Place>()
  const missing: number[] = []
  const series = model.series[0]
  model.keys.forEach((key, i) => {
    const name = key === null ? null : match(key)
    if (name === null) return void missing.push(i)
    const place = found.get(name) ?? { name, value: 0, text: '0', rows: [] }
    place.value += series?.values[i] ?? 0
    place.text = place.rows.length ? sumTexts([place.text, series?.texts[i] ?? null]) : (series?.texts[i] ?? null)
    place.rows.push(i)
    found.set(name, place)
  })
  return { found: [...found.values()], missing }
}

/** world makes the builder for a map whose countries have these names. */
export const world = (mapNames: string[]): Build => (input: Input) => {
  const { look, chart, locale, size } = input
  const model = modelOf(input)
  const previous = previousOf(input)
  const { found } = places(model, mapNames)
  const values = found.map((place) => place.value)
  const say = ({ name }: { name: string }): Tip | null => {
    const place = found.find((p) => p.name === name)
    if (!place) return { title: name, rows: [] }
    const past = place.rows.length === 1 ? previous?.series[0]?.texts[previous.keys.indexOf(model.keys[place.rows[0]!] ?? null)] : undefined
    const was = before(input, place.value, past)
    return { title: name, rows: [{ name: model.series[0]?.name ?? '', value: exact(input, place.text), ...(was ? { before: was } : {}) }] }
  }
  return {
    ...base(input), tooltip: tooltip('item', say as (params: never) => Tip | null),
    visualMap: {
      type: 'continuous', min: Math.min(0, ...values), max: Math.max(1, ...values), left: 4, bottom: 4, itemWidth: look.text * 0.8, itemHeight: Math.min(90, size.height * 0.3), calculable: false, hoverLink: false,
      show: size.width > 300, inRange: { color: look.scale }, textStyle: { color: look.colors.soft, fontSize: look.text }, text: [formatShort(Math.max(0, ...values), chart.format, locale), formatShort(Math.min(0, ...values), chart.format, locale)],
    },
    series: [{
      id: 'now', type: 'map', map: 'world', roam: false, left: 0, right: 0, top: 0, bottom: 0, selectedMode: false, label: { show: false },
      itemStyle: { areaColor: look.colors.empty, borderColor: look.colors.surface, borderWidth: 0.6 },
      emphasis: { label: { show: false }, itemStyle: { areaColor: look.series[1]! } },
      data: found.map(({ name, value }) => ({ name, value })),
    }],
  }
}
