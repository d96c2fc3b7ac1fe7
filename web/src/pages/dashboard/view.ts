import type { Dashboard } from '../../api/types'

// What a reader chose, as the page's address carries it. The names are those of the API (docs/api.md) and a few of the page's own:
// `wall` for the whole screen and `table` for each chart shown as a table.

export const ranges: [string, string][] = [
  ['15m', 'Last 15 minutes'], ['1h', 'Last hour'], ['6h', 'Last 6 hours'], ['24h', 'Last 24 hours'], ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'], ['90d', 'Last 90 days'], ['1y', 'Last year'], ['all', 'All time'],
]

export interface View {
  range: string
  /** instants in RFC 3339, when the reader chose them instead of a range */
  from: string | null
  to: string | null
  compare: boolean
  filters: Record<string, string[]>
  tables: string[]
  wall: boolean
}

/** readView reads the address. What it does not understand counts as not chosen, so that an old link still shows something. */
export function readView(query: URLSearchParams, dashboard: Pick<Dashboard, 'range' | 'filters'>): View {
  const asked = query.get('range') ?? ''
  const from = instant(query.get('from'))
  const to = instant(query.get('to'))
  const own = from !== null && to !== null && from < to
  const range = ranges.some(([name]) => name === asked) ? asked : dashboard.range || '24h'
  const filters = Object.fromEntries(dashboard.filters.map(({ name }) => [name, [...new Set(query.getAll(`f.${name}`))]]).filter(([, values]) => values!.length))
  return {
    range: own ? '' : range, from: own ? from : null, to: own ? to : null, filters, tables: query.getAll('table'), wall: query.get('wall') === '1',
    compare: query.get('compare') === '1' && (own || range !== 'all'),
  }
}

function instant(text: string | null): string | null {
  const at = text ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

/** apiState is the part of a view that the API answers to. */
export function apiState(view: View): string {
  const state = new URLSearchParams()
  if (view.from && view.to) {
    state.set('from', view.from)
    state.set('to', view.to)
  } else state.set('range', view.range)
  if (view.compare) state.set('compare', '1')
  for (const [name, values] of Object.entries(view.filters)) for (const value of values) state.append(`f.${name}`, value)
  return state.toString()
}

/** toggled is a list with the values added that it does not have, or without them when it has them all. */
export function toggled(list: string[], values: string[]): string[] {
  const all = values.every((value) => list.includes(value))
  return all ? list.filter((value) => !values.includes(value)) : [...new Set([...list, ...values])]
}

/** rangeLabel names the range for people. */
export function rangeLabel(view: View, locale?: string): string {
  if (!view.from || !view.to) return ranges.find(([name]) => name === view.range)?.[1] ?? view.range
  const write = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  return write.formatRange(new Date(view.from), new Date(view.to))
}

const before: Record<string, string> = {
  '15m': 'the 15 minutes before', '1h': 'the hour before', '6h': 'the 6 hours before', '24h': 'the 24 hours before', '7d': 'the 7 days before', '30d': 'the 30 days before', '90d': 'the 90 days before', '1y': 'the year before',
}

/** beforeLabel names the period that a view is compared with, for people. */
export function beforeLabel(view: View, locale?: string): string {
  if (!view.from || !view.to) return before[view.range] ?? 'the period before'
  const [from, to] = [Date.parse(view.from), Date.parse(view.to)]
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).formatRange(2 * from - to, from)
}

/** localInput writes an instant as a datetime-local field wants it, in the reader's time zone. */
export function localInput(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}
