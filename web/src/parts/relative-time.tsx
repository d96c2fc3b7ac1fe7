import { now } from './clock'
import { formatAgo, formatTime, nothing, parseTime } from './format'

/** RelativeTime says how long ago a time is, and keeps saying it; the exact time is its title. */
export function RelativeTime({ at }: { at: string | null }) {
  const ms = parseTime(at)
  if (ms === null) return <span>{nothing}</span>
  return <time dateTime={new Date(ms).toISOString()} title={formatTime(ms)}>{formatAgo(ms, Math.max(now.value, ms))}</time>
}
