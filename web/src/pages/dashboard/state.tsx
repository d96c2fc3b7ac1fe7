import { Badge } from '../../parts/badge'
import { now } from '../../parts/clock'
import { formatAgo, formatClock, formatCount, formatTime, parseTime } from '../../parts/format'
import { Icon } from '../../parts/icon'
import { later, type Feed, type Shown } from './feed'

/** lateAfter is how old a live chart's data may be before the page warns, in milliseconds: more than a minute of buffering and a slow load. */
export const lateAfter = 90_000

/** Lateness is how complete something is, in words. */
export function completeness(complete: string, quarantined: number, live: boolean, at: number, locale?: string): { text: string; title: string; late: boolean } {
  const ms = parseTime(complete)
  if (ms === null) return { text: '', title: '', late: false }
  const late = live && at - ms > lateAfter
  const parts = [`complete to ${formatClock(ms, locale)}${late ? `, ${formatAgo(ms, at, locale)}` : ''}`]
  if (quarantined > 0) parts.push(`${formatCount(quarantined, locale)} quarantined`)
  const title = `Everything that arrived up to ${formatTime(ms, locale)} is counted.` + (quarantined > 0 ? ` ${formatCount(quarantined, locale)} ${quarantined === 1 ? 'event was' : 'events were'} refused and ${quarantined === 1 ? 'waits' : 'wait'} in quarantine.` : '')
  return { text: parts.join(' · '), title, late }
}

/** State says at the head of a dashboard whether it is live, and how complete. */
export function State({ feed, refresh }: { feed: Feed; refresh: string }) {
  const fresh = feed.freshness.value
  const connection = feed.connection.value
  const live = refresh === 'live'
  if (connection === 'lost') return <p class="board-state"><Badge tone="fail">Not connected</Badge> <span>shows what was last known</span></p>
  if (!fresh) return <p class="board-state"><Badge>Connecting</Badge></p>
  const { text, title, late } = completeness(fresh.complete_to, fresh.quarantined, live, now.value)
  const tone = late || !fresh.ready ? 'warn' : 'ok'
  return <p class="board-state">
    <Badge tone={tone}>{late ? 'Late' : !fresh.ready ? 'Not ready' : live ? 'Live' : `Every ${refresh}`}</Badge> <span class="numbers" title={title}>{text}</span>
  </p>
}

/** Completeness is the same below each chart, for the rows it shows. */
export function Completeness({ feed, shown, live }: { feed: Feed; shown: Shown; live: boolean }) {
  const { data, error } = shown
  if (!data) return null
  const settled = live && !error && !shown.waiting && feed.connection.value === 'open' ? feed.settled.value : ''
  const { text, title, late } = completeness(later(data.complete_to, settled), data.quarantined, live, now.value)
  const truncated = data.truncated ? ' · cut at the limit of rows' : ''
  return <p class={`panel-state small numbers ${late ? 'late' : ''}`} title={title}>{late && <Icon name="warn" />}{text}{truncated}</p>
}
