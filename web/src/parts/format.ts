import type { Bucket, Cell, ValueFormat } from '../api/types'

// Every number and time of the pages, as the reader's locale writes it. Values arrive as texts and are given to Intl as
// texts (ECMA-402 takes decimal strings exactly), so that no cent is lost in a float. `locale` is for tests; the
// browser's own is the default.

/** nothing stands where a value is NULL. */
export const nothing = '–'

/** empty is what a label says that has no letters. */
export const empty = '(empty)'

const cache = new Map<string, unknown>()
function cached<T>(key: string, make: () => T): T {
  let made = cache.get(key) as T | undefined
  if (made === undefined) cache.set(key, (made = make()))
  return made
}
const numbers = (options: Intl.NumberFormatOptions, locale?: string) =>
  cached(`n${locale}${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options))
const dates = (options: Intl.DateTimeFormatOptions, locale?: string) =>
  cached(`d${locale}${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options))

const numeric = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/
/** maxDigits is the most fraction digits every browser's Intl takes. */
const maxDigits = 20

/** isNumber says whether a text is a number that Intl can write exactly. */
export const isNumber = (text: Cell): text is string => text !== null && numeric.test(text)
/** isNumberType and isTimeType read the SQL type of a column. */
export const isNumberType = (type: string) => /^(u?(tiny|small|big|huge)?int|integer|uinteger|decimal|numeric|number|double|float|real)/i.test(type)
export const isTimeType = (type: string) => /^(timestamp|datetime|date\b)/i.test(type)

/** digitsOf is how many decimals a text has; one with an exponent may have as many as Intl takes. */
const digitsOf = (text: string) => (/e/i.test(text) ? maxDigits : Math.min(maxDigits, (text.split('.')[1] ?? '').length))

function valueOptions(text: string, { style = 'number', currency, decimals }: ValueFormat): Intl.NumberFormatOptions {
  const digits = digitsOf(text)
  const options: Intl.NumberFormatOptions = style === 'number' ? {} : { style }
  if (style === 'currency') options.currency = currency || 'EUR'
  if (decimals !== undefined) return { ...options, minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  if (style === 'currency') return { ...options, maximumFractionDigits: Math.max(2, digits) }
  if (style === 'percent') return { ...options, maximumFractionDigits: 1 }
  return { ...options, minimumFractionDigits: /e/i.test(text) ? 0 : digits, maximumFractionDigits: digits }
}

/** formatValue writes a decimal text with a chart's format: exact, unless the format says how many decimals. A text that is no number stays as it is. */
export function formatValue(text: Cell, format: ValueFormat = {}, locale?: string): string {
  if (text === null) return nothing
  return isNumber(text) ? numbers(valueOptions(text, format), locale).format(text as Intl.StringNumericLiteral) : text
}

/** formatCount writes a count or another number that the page itself computed. */
export const formatCount = (value: number, locale?: string) => numbers({ maximumFractionDigits: 0 }, locale).format(value)

/** formatRate writes events a second: one decimal while they are few. */
export const formatRate = (value: number, locale?: string) => numbers({ maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 }, locale).format(value)

/** formatShort writes a number for an axis or a narrow tile, such as 1.2M. */
export function formatShort(value: number, format: ValueFormat = {}, locale?: string): string {
  const options: Intl.NumberFormatOptions = format.style === 'percent' ? { style: 'percent', maximumFractionDigits: 1 } : { notation: 'compact', maximumFractionDigits: 1 }
  if (format.style === 'currency') Object.assign(options, { style: 'currency', currency: format.currency || 'EUR', minimumFractionDigits: 0 })
  return numbers(options, locale).format(value)
}

/** formatChange writes a change as a share of what was before, with its sign; null when there was nothing before. */
export function formatChange(now: number, before: number, locale?: string): string | null {
  if (!before || !Number.isFinite(now) || !Number.isFinite(before)) return null
  const share = (now - before) / Math.abs(before)
  return numbers({ style: 'percent', signDisplay: 'exceptZero', maximumFractionDigits: Math.abs(share) < 0.1 ? 1 : 0 }, locale).format(share)
}

/** parseTime reads a time of the API or of a warehouse, in UTC unless it says otherwise; null when the text is none. */
export function parseTime(text: Cell): number | null {
  const parts = text && /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/i.exec(text)
  if (!parts) return null
  let zone = parts[3] ?? 'Z'
  if (/^(z|utc)$/i.test(zone)) zone = 'Z'
  else if (zone.length === 3) zone += ':00'
  else if (zone.length === 5) zone = zone.slice(0, 3) + ':' + zone.slice(3)
  const at = Date.parse(`${parts[1]}T${(parts[2] ?? '00:00').replace(/(\.\d{3})\d+/, '$1')}${zone}`)
  return Number.isNaN(at) ? null : at
}

const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit' }
const day: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', day: 'numeric' }

/** formatClock writes the time of day with seconds, in the reader's time zone; with the day when that is not today. */
export function formatClock(at: number | string, locale?: string): string {
  const ms = typeof at === 'string' ? parseTime(at) : at
  if (ms === null) return String(at)
  const today = new Date(ms).toDateString() === new Date().toDateString()
  return dates(today ? clock : { ...day, ...clock }, locale).format(ms)
}

/** formatTime writes an instant whole, in the reader's time zone. */
export function formatTime(at: number | string, locale?: string): string {
  const ms = typeof at === 'string' ? parseTime(at) : at
  return ms === null ? String(at) : dates({ ...day, ...clock, ...(ms % 1000 ? { fractionalSecondDigits: 3 } : {}) }, locale).format(ms)
}

/** wholeDays are buckets that the warehouse cuts at midnight UTC; written in another zone they would carry the wrong date. */
export const wholeDays = (bucket: Bucket) => bucket === 'day' || bucket === 'week' || bucket === 'month'

/** formatBucket names the stretch of time that begins at `at`. */
export function formatBucket(at: number, bucket: Bucket, locale?: string): string {
  if (bucket === 'week') return `Week of ${dates({ ...day, timeZone: 'UTC' }, locale).format(at)}`
  if (bucket === 'month') return dates({ year: 'numeric', month: 'long', timeZone: 'UTC' }, locale).format(at)
  if (wholeDays(bucket)) return dates({ ...day, weekday: 'short', timeZone: 'UTC' }, locale).format(at)
  const withTime: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }
  return dates(bucket === 'second' || bucket === '' ? { ...withTime, second: '2-digit' } : withTime, locale).format(at)
}

/** formatCell writes a cell by its column's type, a time to the second. Numbers that are names, such as an id or a year, are left as they are. */
export function formatCell(text: Cell, column: { name: string; type: string }, format: ValueFormat = {}, locale?: string): string {
  if (text === null) return nothing
  if (isNumberType(column.type)) return /(^|_)(id|no|number|sequence|year)$/i.test(column.name) ? text : formatValue(text, format, locale)
  if (!isTimeType(column.type)) return text
  const at = parseTime(text)
  if (at === null) return text
  return /^date$/i.test(column.type) ? dates({ ...day, timeZone: 'UTC' }, locale).format(at) : dates({ ...day, ...clock }, locale).format(at)
}

/** formatMoment writes a cell that is a time where there is little room: the time of day if it was today, else the day, with the hour while it is of this year. */
export function formatMoment(text: Cell, column: { name: string; type: string }, locale?: string, now = Date.now()): string {
  const at = parseTime(text)
  if (at === null || /^date$/i.test(column.type)) return formatCell(text, column, {}, locale)
  const [then, today] = [new Date(at), new Date(now)]
  if (then.toDateString() === today.toDateString()) return dates(clock, locale).format(at)
  if (then.getFullYear() !== today.getFullYear()) return dates(day, locale).format(at)
  return dates({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }, locale).format(at)
}

/** formatName writes a column's name for people: "average_basket" as "Average basket". A name that somebody wrote in another way is as they want it. */
export function formatName(name: string): string {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) return name
  const words = name.replaceAll('_', ' ').replace(/\bid\b/g, 'ID')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const spans: [Intl.RelativeTimeFormatUnit, number][] = [['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]]

/** formatAgo writes how long before `now` something was, or how long after. */
export function formatAgo(at: number, now: number, locale?: string): string {
  const seconds = Math.round((at - now) / 1000)
  const [unit, length] = spans.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return cached(`r${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })).format(Math.trunc(seconds / length), unit)
}

/** formatDuration writes a length of time in its two largest units. */
export function formatDuration(seconds: number, locale?: string): string {
  const one = (value: number, unit: string, digits = 0) => numbers({ style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: digits }, locale).format(value)
  if (seconds < 0.9995) return seconds > 0 ? one(Math.max(1, Math.round(seconds * 1000)), 'millisecond') : one(0, 'second')
  if (seconds < 60) return one(seconds, 'second', seconds < 10 ? 1 : 0)
  const whole = Math.round(seconds)
  if (whole < 3600) return [one(Math.floor(whole / 60), 'minute'), whole % 60 ? one(whole % 60, 'second') : ''].join(' ').trim()
  if (whole < 86_400) return [one(Math.floor(whole / 3600), 'hour'), one(Math.floor((whole % 3600) / 60), 'minute')].join(' ')
  return [one(Math.floor(whole / 86_400), 'day'), one(Math.floor((whole % 86_400) / 3600), 'hour')].join(' ')
}

/** formatBytes writes a size in decimal units. */
export function formatBytes(bytes: number, locale?: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  return numbers({ style: 'unit', unit: units[step]!, unitDisplay: 'short', maximumFractionDigits: 1 }, locale).format(bytes / 1000 ** step)
}
