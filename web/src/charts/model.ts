import type { Bucket, Cell, ChartData, Column, Result } from '../api/types'
import { empty, formatCell, formatName, isNumber, isNumberType, isTimeType, nothing, parseTime } from '../parts/format'

/** Series is one line, or the bars of one colour. texts are the values as the warehouse wrote them; values are for drawing. */
export interface Series { name: string; values: (number | null)[]; texts: Cell[] }

/**
 * Model is a result as charts need it: the first column became the places along the axis, a text column second became
 * the series, and the others are measures.
 */
export interface Model {
  /** the first column's texts as they are, for filters */
  keys: Cell[]
  /** the same to be read by people */
  labels: string[]
  /** the places in milliseconds, in order, when the first column is a time */
  times: number[] | null
  series: Series[]
  /** whether the series are the values of a column, which a filter may name */
  named: boolean
}

const toNumber = (text: Cell) => (isNumber(text) ? Number(text) : null)
const isText = (column: Column | undefined) => !!column && !isNumberType(column.type) && !isTimeType(column.type)

/** readModel reads a chart's result; time says that the first column is a time. */
export function readModel({ columns, rows }: Result, time: boolean, locale?: string): Model {
  const first = columns[0]
  if (!first) return { keys: [], labels: [], times: null, series: [], named: false }
  const named = columns.length > 2 && isText(columns[1])
  const measures = columns.slice(named ? 2 : 1)

  const places = placesOf(rows, time)
  const byName = new Map<string, Series>()
  for (const row of rows) {
    const place = places.index.get(row[0] ?? null)
    if (place === undefined) continue
    measures.forEach((measure, i) => {
      const name = !named ? formatName(measure.name) : measures.length === 1 ? labelOf(row[1]) : `${labelOf(row[1])} · ${formatName(measure.name)}`
      let series = byName.get(name)
      if (!series) byName.set(name, (series = blank(name, places.keys.length)))
      const text = row[(named ? 2 : 1) + i] ?? null
      series.texts[place] = text
      series.values[place] = toNumber(text)
    })
  }
  return { keys: places.keys, labels: places.keys.map((key) => labelOf(formatCell(key, first, {}, locale))), times: places.times, series: [...byName.values()], named }
}

const labelOf = (text: Cell | undefined) => (text?.trim() === '' ? empty : (text ?? nothing))

const blank = (name: string, length: number): Series => ({ name, values: Array<number | null>(length).fill(null), texts: Array<Cell>(length).fill(null) })

function placesOf(rows: Cell[][], time: boolean) {
  const distinct = [...new Set(rows.map((row) => row[0] ?? null))]
  if (!time) return { keys: distinct, times: null, index: new Map(distinct.map((key, i) => [key, i])) }
  const timed = distinct.flatMap((key) => {
    const at = parseTime(key)
    return at === null ? [] : [{ key, at }]
  }).sort((a, b) => a.at - b.at)
  return { keys: timed.map((t) => t.key), times: timed.map((t) => t.at), index: new Map(timed.map(({ key }, i) => [key, i])) }
}

const lengths: Partial<Record<Bucket, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 }

/**
 * stepOf is how far apart two neighbours in time are, in milliseconds: where there is more between them there was nothing,
 * and a line must not claim otherwise. 0 when it cannot be told.
 */
export const stepOf = (bucket: Bucket) => lengths[bucket] ?? 0

/** adds says whether a query only counts and sums: then what it has no row for is 0, which is not so for an average. */
export const adds = (sql: string) => /\b(count|sum)\s*\(/i.test(sql) && !/\/|\b(avg|min|max|median|mode|first|last|any_value|quantile\w*|percentile\w*|stddev\w*|var\w*)\s*\(/i.test(sql)

/** mostFilled bounds how many places filling may make; the API's buckets give a chart some 400. */
const mostFilled = 2000

/** filled puts a 0 where a query that adds has no row, from the beginning of the range to where the data is complete. */
export function filled(model: Model, data: Pick<ChartData, 'bucket' | 'from' | 'to' | 'complete_to'>): Model {
  const { times } = model
  const step = stepOf(data.bucket)
  if (!times?.length || !step) return model
  const first = times[0]!
  const least = Math.min(first, parseTime(data.from) ?? first)
  const most = Math.max(times.at(-1)!, Math.min((parseTime(data.to) ?? 0) - 1, parseTime(data.complete_to) ?? 0))
  const begin = first - Math.floor((first - least) / step) * step
  if ((most - begin) / step > mostFilled) return model
  const all = Array.from({ length: Math.floor((most - begin) / step) + 1 }, (_, i) => begin + i * step)
  const place = new Map(times.map((at, i) => [at, i]))
  const series = model.series.map((s) => {
    const texts = all.map((at) => (place.has(at) ? (s.texts[place.get(at)!] ?? '0') : '0'))
    return { name: s.name, texts, values: texts.map(toNumber) }
  })
  const keys = all.map((at) => model.keys[place.get(at) ?? -1] ?? new Date(at).toISOString())
  return { ...model, times: all, keys, labels: keys.map((key) => key ?? ''), series }
}

/** sumTexts adds decimal texts exactly; null when one is not a plain decimal. */
export function sumTexts(texts: Cell[]): string | null {
  const present = texts.filter((text) => text !== null)
  if (!present.every((text) => /^-?\d+(\.\d+)?$/.test(text))) return null
  const digits = Math.max(0, ...present.map((text) => (text.split('.')[1] ?? '').length))
  const total = present.reduce((sum, text) => {
    const [whole, part = ''] = text.split('.')
    return sum + BigInt(whole + part.padEnd(digits, '0'))
  }, 0n)
  const unsigned = (total < 0n ? -total : total).toString().padStart(digits + 1, '0')
  return (total < 0n ? '-' : '') + (digits ? `${unsigned.slice(0, -digits)}.${unsigned.slice(-digits)}` : unsigned)
}
