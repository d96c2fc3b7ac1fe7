import { expect, it } from 'vitest'
import { few, mostSeries } from './few'
import type { Model } from './model'

const model = (n: number): Model => ({
  keys: ['a', 'b'], labels: ['a', 'b'], times: null, named: true,
  series: Array.from({ length: n }, (_, i) => ({ name: `s${i}`, values: [i, null], texts: [`${i}.10`, null] })),
})

it('leaves as many series as there are colours alone', () => {
  expect(few(model(mostSeries), true)).toEqual({ model: model(mostSeries), left: 0 })
})

it('keeps the largest lines, in the query\'s order', () => {
  const { model: shown, left } = few(model(mostSeries + 2), false)
  expect(shown.series.map((s) => s.name)).toEqual(['s2', 's3', 's4', 's5', 's6', 's7', 's8', 's9'])
  expect(left).toBe(2)
})

it('puts together what lies on each other, and loses no cent', () => {
  const { model: shown, left } = few(model(mostSeries + 1), true, 'en-US')
  expect(shown.series).toHaveLength(mostSeries)
  expect(shown.series.at(-1)).toEqual({ name: '2 others', values: [1, null], texts: ['1.20', null] })
  expect(left).toBe(0)
})
