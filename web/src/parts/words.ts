// Figures and times in the words of the reader's locale. A locale can be given; without one it is the browser's.

const none = '–'

/** count is a whole number with its separators. */
export const count = (n: number, locale?: string) => (Number.isFinite(n) ? new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(n) : none)

/** counted is a number with its noun, such as "1 event" or "12 events". */
export const counted = (n: number, noun: string, locale?: string) => `${count(n, locale)} ${noun}${n === 1 ? '' : 's'}`

/** rate is a number of things a second: exact when small, whole from 100 on. */
export function rate(perSecond: number, locale?: string): string {
  if (!Number.isFinite(perSecond)) return none
  const digits = perSecond < 10 ? 2 : perSecond < 100 ? 1 : 0
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(perSecond)
}

const unit = (n: number, name: string, digits: number, locale?: string) =>
  new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits: digits }).format(n)

const steps: [name: string, seconds: number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]]

/** duration is a time span by its two largest units: 0.4s, 12s, 3m 20s, 2h 5m, 4d 1h. */
export function duration(seconds: number, locale?: string): string {
  if (!Number.isFinite(seconds)) return none
  const span = Math.max(0, seconds)
  if (span < 10) return unit(span, 'second', 1, locale)
  let rest = Math.round(span)
  const said: string[] = []
  for (const [name, size] of steps) {
    const n = Math.floor(rest / size)
    if (n === 0 && said.length === 0) continue
    rest -= n * size
    if (n > 0) said.push(unit(n, name, 0, locale))
    if (said.length === 2 || rest === 0 || n === 0) break
  }
  return said.join(' ')
}

const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte']

/** bytes is an amount of data in thousands of thousands, as disks are sold. */
export function bytes(n: number, locale?: string): string {
  if (!Number.isFinite(n)) return none
  let size = 0
  let value = n
  while (Math.abs(value) >= 999.5 && size < sizes.length - 1) {
    value /= 1000
    size++
  }
  return new Intl.NumberFormat(locale, { style: 'unit', unit: sizes[size] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: value < 10 && size > 0 ? 1 : 0 }).format(value)
}

const valid = (at: string | null | undefined) => {
  const time = at ? new Date(at) : null
  // The server writes a time that never was as the year 1.
  return time && !Number.isNaN(time.getTime()) && time.getUTCFullYear() > 1 ? time : null
}

/** clock is a time of today by the hour, and an earlier one with its day. */
export function clock(at: string | null | undefined, now = new Date(), locale?: string): string {
  const time = valid(at)
  if (!time) return none
  const today = time.toDateString() === now.toDateString()
  return new Intl.DateTimeFormat(locale, {
    ...(today ? {} : { day: 'numeric', month: 'short' }),
    ...(time.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
    hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).format(time)
}

/** exact is a time for the title of a shorter one: in the reader's zone, named, with the instant as the API has it. */
export function exact(at: string | null | undefined, locale?: string): string {
  const time = valid(at)
  if (!time) return ''
  return `${new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' }).format(time)}\n${at}`
}

/** ago is how long before now a time was. */
export function ago(at: string | null | undefined, now = new Date(), locale?: string): string {
  const time = valid(at)
  if (!time) return none
  const seconds = Math.round((now.getTime() - time.getTime()) / 1000)
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  for (const [name, size] of steps) {
    if (Math.abs(seconds) >= size) return words.format(-Math.round(seconds / size), name as Intl.RelativeTimeFormatUnit)
  }
  return words.format(0, 'second')
}
