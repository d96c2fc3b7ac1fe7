import { formatClock, formatTime, nothing, parseTime } from './format'

/** Time is a moment in the reader's locale: the time of day if it was today. Its title is the exact time, as the API has it too. */
export function Time({ at }: { at: string | null | undefined }) {
  const ms = parseTime(at ?? null)
  // The server writes a time that never was as the year 1.
  if (!at || ms === null || ms < Date.UTC(2, 0)) return <span>{nothing}</span>
  return <time class="numbers" dateTime={at} title={`${formatTime(ms)}\n${at}`}>{formatClock(ms)}</time>
}
