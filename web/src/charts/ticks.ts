// Where a time axis is labelled: at round times of the reader's clock, or of UTC's where the warehouse counts whole days.

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const steps = [second, 5 * second, 15 * second, 30 * second, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day]
const monthSteps = [1, 2, 3, 6, 12, 24, 60, 120]

/** ticks are at most `most` round times between min and max. */
export function ticks(min: number, max: number, most: number, utc: boolean): number[] {
  if (!(max > min)) return Number.isFinite(min) ? [min] : []
  const step = steps.find((length) => (max - min) / length <= most && (!utc || length >= day))
  if (step === undefined) return months(min, max, most, utc)
  // Round times are counted from a midnight, so that "every 6 hours" means 0, 6, 12 and 18 o'clock.
  const zero = midnightBefore(min, utc)
  const found: number[] = []
  for (let at = zero + Math.ceil((min - zero) / step) * step; at <= max; at += step) found.push(step < day || utc ? at : midnightNear(at))
  return found
}

function months(min: number, max: number, most: number, utc: boolean): number[] {
  const start = new Date(min)
  const step = monthSteps.find((length) => (max - min) / (30 * day * length) <= most) ?? 120
  const found: number[] = []
  const year = utc ? start.getUTCFullYear() : start.getFullYear()
  for (let month = 0; ; month += step) {
    const at = utc ? Date.UTC(year, month) : new Date(year, month).getTime()
    if (at > max) return found
    if (at >= min) found.push(at)
  }
}

function midnightBefore(at: number, utc: boolean): number {
  return utc ? Math.floor(at / day) * day : new Date(at).setHours(0, 0, 0, 0)
}

/** midnightNear keeps days apart by midnights where a clock change made one of them 23 or 25 hours long. */
const midnightNear = (at: number) => new Date(at + hour * 2).setHours(0, 0, 0, 0)

/** tickLabel writes the ticks: times of day, with the day at midnight; days; or months. */
export function tickLabel(at: number[], utc: boolean, locale?: string): (time: number) => string {
  const write = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, utc ? { ...options, timeZone: 'UTC' } : options)
  const apart = (at[1] ?? 0) - (at[0] ?? 0)
  const time = write({ hour: '2-digit', minute: '2-digit', ...(apart > 0 && apart < minute ? { second: '2-digit' } : {}) })
  const date = write({ month: 'short', day: 'numeric' })
  const month = write({ month: 'short', year: 'numeric' })
  return (tick) => {
    if (apart >= 27 * day) return month.format(tick)
    return utc || apart >= day || tick === midnightBefore(tick, false) ? date.format(tick) : time.format(tick)
  }
}
