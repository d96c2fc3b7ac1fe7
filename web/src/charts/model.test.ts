import { expect, it } from 'vitest'
import { adds, filled, readModel, sumTexts } from './model'

const column = (name: string, type: string) => ({ name, type })

it('makes series of a text column', () => {
  const model = readModel({
    columns: [column('at', 'timestamp with time zone'), column('country', 'varchar'), column('orders', 'bigint')],
    rows: [['2026-11-22 15:00:00+00', 'UK', '3'], ['2026-11-22 14:00:00+00', 'DE', '1'], ['2026-11-22 14:00:00+00', null, '2'], ['no time', 'DE', '9']],
  }, true)
  expect(model.times).toEqual([Date.UTC(2026, 10, 22, 14), Date.UTC(2026, 10, 22, 15)])
  expect(model.named).toBe(true)
  expect(model.series).toEqual([
    { name: 'UK', values: [null, 3], texts: [null, '3'] }, { name: 'DE', values: [1, null], texts: ['1', null] }, { name: '–', values: [2, null], texts: ['2', null] },
  ])
})

it('makes series of several measures', () => {
  const model = readModel({ columns: [column('city', 'varchar'), column('orders', 'bigint'), column('revenue', 'decimal(12,2)')], rows: [['Berlin', '1', '2.50'], [null, '2', null]] }, false)
  expect(model.labels).toEqual(['Berlin', '–'])
  expect(model.keys).toEqual(['Berlin', null])
  expect(model.series.map((s) => s.texts)).toEqual([['1', '2'], ['2.50', null]])
  expect(model.series.map((s) => s.name)).toEqual(['Orders', 'Revenue'])
})

it('adds decimal texts to the cent', () => {
  expect(sumTexts(['0.1', '0.2', null])).toBe('0.3')
  expect(sumTexts(['5761931.38', '-0.005'])).toBe('5761931.375')
  expect(sumTexts(['-1', '0.5'])).toBe('-0.5')
  expect(sumTexts(['9007199254740993', '1'])).toBe('9007199254740994')
  expect(sumTexts([])).toBe('0')
  expect(sumTexts(['1e5', '1'])).toBeNull()
})

it.each([
  ['select {{bucket}}, count(*) from orders', true], ['select {{bucket}}, sum(a), COUNT (b) from t', true], ['select {{bucket}}, avg(a) from t', false],
  ['select {{bucket}}, sum(a) / count(*) from t', false], ['select {{bucket}}, max(a), count(*) from t', false], ['select at, a from t', false],
])('says of "%s" that it adds: %s', (sql, want) => {
  expect(adds(sql)).toBe(want)
})

it('puts zeros where nothing happened, from the beginning of the range to where the data is complete', () => {
  const model = readModel({ columns: [column('at', 'timestamp'), column('n', 'bigint')], rows: [['2026-11-22T10:00:00Z', '5'], ['2026-11-22T12:00:00Z', '7']] }, true)
  const whole = filled(model, { bucket: 'hour', from: '2026-11-22T08:00:00Z', to: '2026-11-22T16:00:00Z', complete_to: '2026-11-22T13:20:00Z' })
  expect(whole.series[0]!.texts).toEqual(['0', '0', '5', '0', '7', '0'])
  expect(filled(model, { bucket: 'hour', from: '1900-01-01T00:00:00Z', to: null, complete_to: '' })).toBe(model)
  expect(filled(model, { bucket: '', from: null, to: null, complete_to: '' })).toBe(model)
})

it('names what is empty', () => {
  const model = readModel({ columns: [column('city', 'varchar'), column('kind', 'varchar'), column('n', 'bigint')], rows: [['', '', '1'], [' ', null, '2']] }, false)
  expect(model.labels).toEqual(['(empty)', '(empty)'])
  expect(model.series.map((s) => s.name)).toEqual(['(empty)', '–'])
})
