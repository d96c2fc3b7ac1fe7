import type { Alarm, Monitor } from '../../api/types'
import { Card } from '../../parts/card'
import { formatDuration } from '../../parts/format'
import { Sentence } from '../../parts/sentence'
import { Time } from '../../parts/time'
import { counted, measure, secondsBetween } from './figures'
import { StateBadge } from './state'

/** Alarms shows what fires, what is watched, and what changed of late. */
export function Alarms({ monitor }: { monitor: Monitor }) {
  const firing = monitor.alarms.filter((a) => a.state === 'firing')
  const quiet = monitor.alarms.filter((a) => a.state !== 'firing')
  return <Card title="Alarms" class="path-alarms"
    actions={<StateBadge state={firing.length ? 'fail' : 'ok'}>{firing.length ? `${firing.length} firing` : 'Quiet'}</StateBadge>}>
    {firing.length > 0 && <ul class="path-firing">
      {firing.map((a) => <li key={a.name} class="notice fail">
        <h3><span aria-hidden="true">✕ </span>{a.name}</h3>
        <p><Sentence text={a.message} /></p>
        <p class="small numbers">{level(a)}{a.since && <> · for {formatDuration(secondsBetween(a.since, monitor.at))}, since <Time at={a.since} /></>}</p>
      </li>)}
    </ul>}
    {quiet.length > 0 && <details class="path-more" open={firing.length === 0}>
      <summary>{counted(quiet.length, 'alarm')} quiet</summary>
      <dl class="path-quiet">
        {quiet.map((a) => <div key={a.name}><dt>{a.name}</dt><dd class="soft numbers">{level(a)}</dd></div>)}
      </dl>
    </details>}
    <h3 class="path-sub">Recent changes</h3>
    {monitor.recent.length === 0 ? <p class="soft small">No alarm has fired or ended since the start.</p> : <ol class="path-recent">
      {monitor.recent.slice(0, 20).map((r) => <li key={r.at + r.name + r.state}>
        <Time at={r.at} />
        <span class={r.state === 'firing' ? 'bad' : 'good'}><span aria-hidden="true">{r.state === 'firing' ? '✕ ' : '✓ '}</span>{r.name} {r.state === 'firing' ? 'fired' : 'ended'}</span>
        {r.message && <span class="soft path-said"><Sentence text={r.message} /></span>}
      </li>)}
    </ol>}
  </Card>
}

const level = (a: Alarm) => `${measure(a.value, a.unit)}, limit ${measure(a.limit, a.unit)}`
