import { formatShort } from '../../parts/format'
import { countryMatcher } from '../countries'
import type { Model } from '../model'
import { sumTexts } from '../model'
import { tooltip, type Tip } from '../tooltip'
import type { Box } from '../world'
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

// Around what a map shows there is some room, and its edges are round degrees, so that it does not move with each new country.
const room = 3
const round = 5
// What takes more of the world than this many degrees is shown on all of it.
const mostShown = 140

/** around is the part of the world in which countries lie, as ECharts wants it: its upper left and its lower right; null for all of it. */
export function around(names: string[], boxes: ReadonlyMap<string, Box>): [[number, number], [number, number]] | null {
  const found = names.map((name) => boxes.get(name)).filter((box) => box !== undefined)
  if (!found.length) return null
  const [low, high] = [(i: number) => Math.floor((Math.min(...found.map((box) => box[i]!)) - room) / round) * round, (i: number) => Math.ceil((Math.max(...found.map((box) => box[i]!)) + room) / round) * round]
  const [west, south, east, north] = [low(0), low(1), high(2), high(3)]
  return east - west > mostShown ? null : [[west, Math.min(north, 84)], [east, Math.max(south, -56)]]
}

/** world makes the builder for a map whose countries have these names and lie in these boxes. */
export const world = (mapNames: string[], boxes: ReadonlyMap<string, Box> = new Map()): Build => (input: Input) => {
  const { look, chart, locale, size } = input
  const model = modelOf(input)
  const previous = previousOf(input)
  const { found } = places(model, mapNames)
  const values = found.map((place) => place.value)
  const part = around(found.filter((place) => place.value !== 0).map((place) => place.name), boxes)
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
      id: 'now', type: 'map', map: 'world', roam: false, left: 0, right: 0, top: 0, bottom: 0, selectedMode: false, label: { show: false }, preserveAspect: 'contain', ...(part ? { boundingCoords: part, aspectScale: Math.cos(((part[0][1] + part[1][1]) / 2) * (Math.PI / 180)) } : { boundingCoords: null, aspectScale: 0.75 }),
      itemStyle: { areaColor: look.colors.empty, borderColor: look.colors.surface, borderWidth: 0.6 },
      emphasis: { label: { show: false }, itemStyle: { areaColor: look.series[1]! } },
      data: found.map(({ name, value }) => ({ name, value })),
    }],
  }
}
