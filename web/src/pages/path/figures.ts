import type { Ledger } from '../../api/types'
import { formatBytes, formatCount, formatDuration, formatRate, parseTime } from '../../parts/format'

/** imbalance is accepted minus the other four: positive when records are missing, negative when there are too many. */
export const imbalance = (l: Ledger) => l.accepted - l.loaded - l.quarantined - l.dropped - l.in_flight

/** explain says in a sentence whether a ledger balances. */
export function explain(l: Ledger, locale?: string): string {
  const n = imbalance(l)
  if (n === 0) return 'It balances: every event is in exactly one place.'
  const events = counted(Math.abs(n), 'event', locale)
  return n > 0 ? `It does not balance: ${events} ${n === 1 ? 'is' : 'are'} missing.` : `It does not balance: ${events} too many.`
}

/** counted is a number with its noun, such as "1 event" or "12 events". */
export const counted = (n: number, noun: string, locale?: string) => `${formatCount(n, locale)} ${noun}${n === 1 ? '' : 's'}`

/** measure is a figure of an alarm in its unit. */
export function measure(value: number, unit: string, locale?: string): string {
  switch (unit) {
    case 'seconds':
      return formatDuration(value, locale)
    case 'bytes':
      return formatBytes(value, locale)
    case 'share':
      return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(value)
    case 'events':
      return counted(value, 'event', locale)
    default:
      return Number.isInteger(value) ? formatCount(value, locale) : formatRate(value, locale)
  }
}

/** secondsBetween is how far the later of two times is behind; 0 when it is not. Both are the server's, so that the reader's clock does not matter. */
export function secondsBetween(earlier: string | null | undefined, later: string): number {
  const from = parseTime(earlier ?? null)
  const to = parseTime(later)
  return from === null || to === null ? 0 : Math.max(0, (to - from) / 1000)
}
