import type { TailEvent } from '../../api/types'

/** Line is one line of the tail: an event, or how many were left out between two of them. */
export type Line = { id: number; event: TailEvent } | { id: number; skipped: number }

/** most is how many lines the page keeps, and mostText how many characters their events may have together: 500 of the largest would be 8 Mi. */
export const most = 500
export const mostText = 4 << 20

/**
 * Tail keeps the newest lines of a tail. While it holds, new lines wait beside those shown, so that what is being read
 * stays where it is.
 */
export class Tail {
  /** shown are the lines on the page, the oldest first */
  shown: Line[] = []
  /** waiting came while the reader held the tail */
  waiting: Line[] = []
  /** arrived counts the events since the beginning, skipped those of them that the server left out */
  arrived = 0
  skipped = 0
  private next = 1
  private recent: { at: number; n: number }[] = []
  private began: number | null = null

  event(event: TailEvent, hold: boolean, now: number) {
    this.count(1, now)
    this.add({ id: this.next++, event }, hold)
  }

  /** leaveOut notes events that the server did not send; notices in a row become one line. */
  leaveOut(count: number, hold: boolean, now: number) {
    if (!(count > 0)) return
    this.count(count, now)
    this.skipped += count
    const lines = hold ? this.waiting : this.shown
    const last = lines.at(-1)
    if (last && 'skipped' in last) lines[lines.length - 1] = { id: last.id, skipped: last.skipped + count }
    else this.add({ id: this.next++, skipped: count }, hold)
  }

  /** release shows what waited. */
  release() {
    this.shown = [...this.shown, ...this.waiting]
    trim(this.shown)
    this.waiting = []
  }

  clear() {
    this.shown = []
    this.waiting = []
  }

  /** rate is the events a second over the last ten, the left out ones included. */
  rate(now: number): number {
    this.recent = this.recent.filter((r) => r.at > now - 10_000)
    if (this.began === null) return 0
    const seconds = Math.min(10, Math.max(1, (now - this.began) / 1000))
    return this.recent.reduce((n, r) => n + r.n, 0) / seconds
  }

  private count(n: number, now: number) {
    this.began ??= now
    this.arrived += n
    const last = this.recent.at(-1)
    if (last && now - last.at < 250) last.n += n
    else this.recent.push({ at: now, n })
    if (this.recent.length > 100) this.recent.shift()
  }

  private add(line: Line, hold: boolean) {
    const lines = hold ? this.waiting : this.shown
    lines.push(line)
    trim(lines)
  }
}

const textOf = (line: Line) => ('event' in line ? line.event.raw.length + (line.event.raw_base64?.length ?? 0) : 0)

/** trim takes the oldest lines off until the rest is within bounds; the newest stays whatever its length. */
function trim(lines: Line[]) {
  let text = 0
  let first = lines.length
  while (first > 0 && lines.length - first < most) {
    text += textOf(lines[first - 1]!)
    if (text > mostText && first < lines.length) break
    first--
  }
  lines.splice(0, first)
}

/** oneLine is the beginning of an event, in one line. */
export const oneLine = (raw: string) => raw.slice(0, 400).replace(/\s+/g, ' ').slice(0, 300)

/** shortShard is a shard's number out of its name. */
export const shortShard = (shard: string) => /^shardId-0*(\d+)$/.exec(shard)?.[1] ?? shard
