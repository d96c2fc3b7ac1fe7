// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import type { Cell, ChartDefinition, ChartType, Column } from '../../api/types'
import { lookOf } from '../look'
import { buildOf } from '../kinds'
import { readModel } from '../model'
import { renderTip } from '../tooltip'
import type { Input } from './base'
import { fitting, lies, unfitting } from './category'
import { around, places, world } from './map'
import { mostSlices, slices } from './share'
import { fills, points } from './time'

const hostile = '<img src=x onerror=alert(1)>'
const text = (name: string) => ({ name, type: 'varchar' })
const money = (name: string) => ({ name, type: 'decimal(12,2)' })
const time = (name: string) => ({ name, type: 'timestamp with time zone' })

function input(type: ChartType, columns: Column[], rows: Cell[][], more: { chart?: Partial<ChartDefinition>; data?: Partial<Input['data']> } = {}): Input {
  return {
    chart: { id: 'c', title: 'Chart', description: '', type, width: 2, height: 2, format: { style: 'currency', currency: 'EUR' }, filter: '', time: /^time/.test(columns[0]!.type), sql: '', ...more.chart },
    data: { id: 'c', columns, rows, bucket: 'hour', from: null, to: null, complete_to: '', quarantined: 0, took_ms: 1, truncated: false, ...more.data },
    look: lookOf(false), size: { width: 600, height: 300 }, locale: 'en-US',
  }
}
type Option = { series: { data: never[]; stack?: string; name?: string; type: string }[]; tooltip: { formatter: (params: unknown) => HTMLElement; renderMode: string }; xAxis: { type: string }; yAxis: { type: string; data?: string[] } }
const build = (made: Input) => buildOf(made.chart.type, made.chart.time)(made) as unknown as Option

it('shows labels that are HTML as text in every tooltip', () => {
  const bar = build(input('bar', [text('product'), money('revenue')], [[hostile, '12.50']]))
  const lines = build(input('line', [time('at'), text('city'), money('revenue')], [['2026-11-22 10:00:00+00', hostile, '12.50']]))
  const donut = build(input('donut', [text('product'), money('revenue')], [[hostile, '12.50']]))
  const funnel = build(input('funnel', [text('product'), money('revenue')], [[hostile, '12.50']]))
  const map = world(['Germany'])(input('map', [text('country'), money(hostile)], [['DE', '12.50']])) as unknown as Option
  const tips = [
    bar.tooltip.formatter([{ dataIndex: 0 }]), lines.tooltip.formatter([{ axisValue: Date.UTC(2026, 10, 22, 10) }]), donut.tooltip.formatter({ dataIndex: 0, color: '#000' }),
    funnel.tooltip.formatter({ dataIndex: 0, color: '#000' }), map.tooltip.formatter({ name: 'Germany' }),
  ]
  for (const tip of tips) {
    expect(tip.querySelector('img')).toBeNull()
    expect(tip.textContent).toContain(hostile)
    expect(tip.textContent).toContain('€12.50')
  }
})

it('says what was before, and says the exact value', () => {
  const bar = build(input('bar', [text('product'), money('revenue')], [['Lamp', '1234567890123456.78']], { data: { previous: { columns: [text('product'), money('revenue')], rows: [['Lamp', '1000000000000000.00']] } } }))
  expect(bar.tooltip.formatter([{ dataIndex: 0 }]).textContent).toContain('€1,234,567,890,123,456.78before €1,000,000,000,000,000.00 (+23%)')
})

it('keeps a tooltip short', () => {
  const tip = renderTip({ title: 't', rows: Array.from({ length: 14 }, (_, i) => ({ name: String(i), value: '1' })) })
  expect(tip.querySelectorAll('.tip-row')).toHaveLength(12)
  expect(tip.textContent).toContain('2 more in the table')
})

it('lays bars on their side when their labels are long', () => {
  expect(lies(['UK', 'DE', 'FR'], 600)).toBe(false)
  expect(lies(['A lamp with a very long name', 'A desk with a name as long'], 300)).toBe(true)
  const many = Array.from({ length: 40 }, (_, i): Cell[] => [`A product with a long name ${i}`, '1'])
  const made = input('bar', [text('product'), money('revenue')], many)
  const option = build(made)
  expect(option.yAxis).toMatchObject({ type: 'category' })
  expect(option.series[0]!.data).toHaveLength(fitting(made, many.map((row) => row[0]!)))
})

it('breaks a line where a bucket is missing, and marks a point that stands alone', () => {
  const hour = 3_600_000
  expect(points([0, hour, 4 * hour], { name: 's', values: [1, 2, 3], texts: [] }, hour)).toEqual([
    { value: [0, 1] }, { value: [hour, 2] }, { value: [2 * hour, null] }, { value: [4 * hour, 3], symbol: 'circle', symbolSize: 9 },
  ])
})

it('draws the period before over the present one', () => {
  const columns = [time('at'), money('revenue')]
  const option = build(input('line', columns, [['2026-11-22 10:00:00+00', '5'], ['2026-11-22 11:00:00+00', '6']], {
    data: { from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z', previous: { columns, rows: [['2026-11-21 10:00:00+00', '4'], ['2026-11-21 11:00:00+00', '5']] } },
  }))
  expect((option.series[0]!.data as { value: number[] }[])[0]!.value).toEqual([Date.UTC(2026, 10, 22, 10), 4])
  expect(option.tooltip.formatter([{ axisValue: Date.UTC(2026, 10, 22, 10) }]).textContent).toContain('€5.00before €4.00 (+25%)')
})

it('stacks what is stacked, and no single area', () => {
  const rows: Cell[][] = [['2026-11-22 10:00:00+00', 'a', '1'], ['2026-11-22 10:00:00+00', 'b', '2']]
  expect(build(input('stacked', [time('at'), text('s'), money('m')], rows)).series.map((s) => s.stack)).toEqual(['all', 'all'])
  expect(build(input('area', [time('at'), text('s'), money('m')], rows)).series.map((s) => s.stack)).toEqual(['all', 'all'])
  expect(build(input('area', [time('at'), money('m')], [['2026-11-22 10:00:00+00', '1']])).series.map((s) => s.stack)).toEqual([undefined])
})

it.each([mostSlices, mostSlices + 1])('puts together what is more than the donut\'s slices, and loses nothing: %d', (n) => {
  const parts = slices(readModel({ columns: [text('c'), money('m')], rows: Array.from({ length: n }, (_, i) => [`c${i}`, `${i}.10`]) }, false))
  expect(parts).toHaveLength(mostSlices)
  expect(parts.at(-1)!.other).toBe(n > mostSlices ? 2 : undefined)
  expect(parts.reduce((sum, part) => sum + part.value, 0)).toBeCloseTo(n * 0.1 + (n * (n - 1)) / 2)
})

it('finds countries under several names, and lists those the map does not have', () => {
  const model = readModel({ columns: [text('country'), money('m')], rows: [['UK', '1.10'], ['Great Britain', '2.20'], ['Channel Islands', '3'], [null, '4']] }, false)
  expect(places(model, ['United Kingdom'])).toEqual({ found: [{ name: 'United Kingdom', value: 1.1 + 2.2, text: '3.30', rows: [0, 1] }], missing: [2, 3] })
})

it('shows the part of the world that has values, and all of it when they lie far apart', () => {
  const boxes = new Map([['Germany', [6, 47, 15, 55]], ['Spain', [-9, 36, 3, 43]], ['Australia', [113, -43, 153, -11]]] as const)
  expect(around(['Germany', 'Spain', 'Atlantis'], boxes as never)).toEqual([[-15, 60], [20, 30]])
  expect(around(['Germany', 'Australia'], boxes as never)).toBeNull()
  expect(around([], boxes as never)).toBeNull()
})

it.each([
  ['hour', '2026-11-22T10:59:59Z', true], ['hour', '2026-11-22T11:00:00Z', false], ['month', '2026-11-22T00:00:00Z', true], ['month', '2026-12-22T10:00:00Z', false], ['', '2026-11-22T10:00:01Z', false], ['hour', '', false],
] as const)('knows of a bucket of an %s whether it still fills at %s: %s', (bucket, complete_to, want) => {
  expect(fills([Date.UTC(2026, 10, 22, 9), Date.UTC(2026, 10, 22, 10)], { bucket, complete_to })).toBe(want)
})

it('draws what still fills in another way, and says so', () => {
  const rows: Cell[][] = [['2026-11-22 10:00:00+00', '5'], ['2026-11-22 11:00:00+00', '1']]
  const data = { complete_to: '2026-11-22T11:20:00Z' }
  const line = build(input('area', [time('at'), money('m')], rows, { data }))
  expect(line.series.map((s) => s.data.length)).toEqual([1, 2])
  expect(line.tooltip.formatter([{ axisValue: Date.UTC(2026, 10, 22, 11) }]).textContent).toContain('Still filling')
  expect(line.tooltip.formatter([{ axisValue: Date.UTC(2026, 10, 22, 10) }]).textContent).not.toContain('Still filling')
  const bars = build(input('bar', [time('at'), money('m')], rows, { data }))
  expect((bars.series[0]!.data as object[]).map((point) => 'itemStyle' in point)).toEqual([false, true])
  expect(build(input('area', [time('at'), money('m')], rows)).series).toHaveLength(1)
})

it('makes no share of what is less than nothing, nor of nothing', () => {
  const columns = [text('c'), { name: 'n', type: 'bigint' }]
  const chart = { format: {} }
  const mixed = build(input('donut', columns, [['a', '-5'], ['b', '3'], ['c', '1']], { chart })) as Option & { legend: { formatter: (name: string) => string } }
  expect((mixed.series[0]!.data as { value: number }[]).map((d) => d.value)).toEqual([0, 3, 1])
  expect(['a', 'b', 'c'].map(mixed.legend.formatter)).toEqual(['less than 0  a', '75%  b', '25%  c'])
  const nothing = build(input('donut', columns, [['a', '0']], { chart })) as Option & { legend: { formatter: (name: string) => string } }
  expect(nothing.legend.formatter('a')).toBe('0%  a')
  const dust = build(input('donut', columns, [['a', '1'], ['b', '1000000']], { chart })) as Option & { legend: { formatter: (name: string) => string } }
  expect(dust.legend.formatter('a')).toBe('<0.1%  a')
})

it('draws every step of a funnel as long as it is, in order, and says what is left of the step before', () => {
  const rows = Array.from({ length: mostSlices + 2 }, (_, i): Cell[] => [`step ${i}`, String(100 - i * 10)])
  const funnel = build(input('funnel', [text('step'), { name: 'people', type: 'bigint' }], rows, { chart: { format: {} } }))
  expect(funnel.yAxis.data).toEqual(rows.map(([name]) => name))
  expect(funnel.series[0]!.data).toEqual([100, 90, 80, 70, 60, 50, 40, 30, 20, 10])
  expect(funnel.tooltip.formatter({ dataIndex: 2 }).textContent).toBe('step 280% of step 08088.9% of step 1')
  expect(build(input('funnel', [text('step'), money('m')], [['one', '0'], ['two', '0']])).series[0]!.data).toEqual([0, 0])
})

it('does not leave a bar out for the line that tells of it', () => {
  const labels = Array.from({ length: 10 }, (_, i) => `A product with a long name ${i}`)
  const made = input('bar', [text('product'), money('revenue')], labels.map((label) => [label, '1']))
  const at = (height: number) => ({ ...made, size: { width: 600, height } })
  expect(unfitting(at(220), labels, false)).toBe(0)
  expect(unfitting(at(219), labels, false)).toBe(1)
  expect(unfitting(at(196), labels, true)).toBe(2)
  expect(unfitting(at(197), labels, true)).toBe(0)
})
