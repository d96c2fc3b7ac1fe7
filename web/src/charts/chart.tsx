import { useCallback, useEffect, useState } from 'preact/hooks'
import type { ChartData, ChartDefinition, Result } from '../api/types'
import { ErrorNotice, Skeleton } from '../parts/notice'
import { empty, formatCount, formatValue, nothing } from '../parts/format'
import { Canvas, type Pick, type Size } from './canvas'
import type { EChartsType } from './echarts'
import { buildOf, kinds } from './kinds'
import { painted } from './library'
import { look } from './look'
import { readModel, type Model } from './model'
import type { Build } from './options/base'
import { few } from './few'
import { unfitting } from './options/category'
import { slices } from './options/share'
import type { Place } from './options/map'
import './chart.css'

type Atlas = { build: Build; places: (model: Model) => { found: Place[]; missing: number[] } }

/** loadAtlas brings the map and what draws it, after what needs no library. */
async function loadAtlas(): Promise<Atlas> {
  await painted()
  const [{ boxes, mapNames }, { places, world }] = await Promise.all([import('./world'), import('./options/map')])
  return { build: world(mapNames, boxes), places: (model) => places(model, mapNames) }
}

interface Props {
  chart: ChartDefinition
  data: ChartData & Result
  /** a click on a bar, slice, row or country, with the values it stands for */
  onPick?: ((keys: string[]) => void) | undefined
  onReady?: (chart: EChartsType | null) => void
}

/** Chart draws a result. What it could not draw (a country that is not on the map, bars that do not fit) it says below. */
export function Chart({ chart, data, onPick, onReady }: Props) {
  const [atlas, setAtlas] = useState<Atlas | null>(null)
  const [failed, setFailed] = useState(false)
  const [left, setLeft] = useState(0)
  const isMap = chart.type === 'map'
  const load = () => {
    setFailed(false)
    loadAtlas().then(setAtlas, () => setFailed(true))
  }
  useEffect(() => {
    if (isMap && !atlas) load()
  }, [isMap])

  const { dark } = look()
  const build = isMap ? atlas?.build : buildOf(chart.type, chart.time)
  const model = readModel(data, chart.time)
  const option = useCallback((size: Size) => {
    const present = look()
    setLeft((told) => (chart.time ? few(model, chart.type !== 'line' && chart.type !== 'bar').left : unfitting({ chart, size, look: present }, model.labels, told > 0)))
    return build!({ chart, data, look: present, size })
  }, [chart, data, dark, build])

  if (failed) return <ErrorNotice error={{ message: 'The map could not be loaded.' }} retry={load} />
  if (!build) return <Skeleton lines={5} label="Loading the map" />
  const missing = isMap && atlas ? atlas.places(model).missing : []
  return <div class="chart-drawn">
    <Canvas option={option} label={describe(chart, model)} {...(onReady ? { onReady } : {})}
      {...(onPick ? { onPick: (pick: Pick) => onPick(keysOf(chart, model, pick, atlas)) } : {})} />
    {missing.length > 0 && <p class="chart-note">Not on the map: {missing.map((i) => `${model.labels[i]} ${formatValue(model.series[0]?.texts[i] ?? null, chart.format)}`).join(', ')}</p>}
    {left > 0 && <p class="chart-note">{formatCount(left)} more in the table</p>}
  </div>
}

/** describe is what a screen reader says of the picture; its table has the values. */
export function describe(chart: ChartDefinition, model: Model): string {
  const names = model.series.length > 1 ? ` of ${model.series.slice(0, 5).map((s) => s.name).join(', ')}${model.series.length > 5 ? ' and others' : ''}` : ''
  return `${kinds[chart.type]}: ${chart.title}${names}, ${model.labels.length} ${model.times ? 'points in time' : 'values'}`
}

/** keysOf are the filter's values that a click stands for. */
export function keysOf(chart: ChartDefinition, model: Model, pick: Pick, atlas: { places: Atlas['places'] } | null): string[] {
  const present = (keys: (string | null | undefined)[]) => keys.filter((key): key is string => typeof key === 'string')
  if (chart.type === 'map') return present((atlas?.places(model).found.find((p) => p.name === pick.name)?.rows ?? []).map((row) => model.keys[row]))
  if (chart.time) {
    const name = model.named && pick.seriesName !== nothing ? model.series.find((s) => s.name === pick.seriesName)?.name : undefined
    return present([name === empty ? '' : name])
  }
  if (chart.type === 'donut') return present([slices(model)[pick.dataIndex]?.key])
  return present([model.keys[pick.dataIndex]])
}
