import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError, get } from '../../api/client'
import type { QuarantinedEvent, QuarantineGroup } from '../../api/types'
import { query } from '../../app/router'
import { Copy } from '../../parts/copy'
import { formatCount } from '../../parts/format'
import { ErrorNotice, Skeleton } from '../../parts/notice'
import { Raw } from '../../parts/raw/raw'
import { Sentence } from '../../parts/sentence'
import { Time } from '../../parts/time'
import { traceLink } from '../trace/box'
import { Bars } from './bars'
import { Place } from './groups'
import { sinceTime } from './link'
import { reasonOf } from './reasons'
import { Redrive } from './redrive'

// Samples read at first, and after "more".
const few = 3
const many = 50

/** GroupDetail explains one group: what is wrong, what mends it, and what its events look like. */
export function GroupDetail({ group, since, again }: { group: QuarantineGroup; since: string; again: () => void }) {
  const reason = reasonOf(group.reason)
  const what = {
    reasons: [group.reason], contract: group.contract, field: group.field,
    ...(since ? { since: sinceTime(since, Date.now()) ?? '' } : {}),
  }
  return <article class="card quarantine-article" aria-labelledby="group-title">
    <a class="quarantine-back small" href={back()}>← All groups</a>
    <header>
      <h2 id="group-title">{reason.title}</h2>
      <p class="quarantine-place"><Place group={group} /></p>
    </header>
    <p>{reason.text}</p>
    <p class="soft small"><strong class="numbers">{formatCount(group.count)}</strong> {group.count === 1 ? 'event' : 'events'}, first <Time at={group.first} />, last <Time at={group.last} /></p>
    {group.history.length > 1 && <Bars history={group.history} label={`Events refused from ${group.history[0]?.at ?? ''} to ${group.history.at(-1)?.at ?? ''}`} />}
    {group.suggestion && <Suggestion suggestion={group.suggestion} />}
    <Redrive what={what} count={group.count} name="this group" again={again} />
    <Samples group={group} since={since} />
  </article>
}

function back(): string {
  const next = new URLSearchParams(query.value)
  for (const name of ['reason', 'contract', 'field']) next.delete(name)
  return '/quarantine' + (next.size ? '?' + next.toString() : '')
}

function Suggestion({ suggestion }: { suggestion: NonNullable<QuarantineGroup['suggestion']> }) {
  return <section class="notice quarantine-fix" aria-label="Suggested fix">
    <h3>Suggested fix</h3>
    <p><Sentence text={suggestion.text} /></p>
    {suggestion.yaml && <>
      {suggestion.file && <p class="small">In <code>{suggestion.file}</code>:</p>}
      <pre class="quarantine-yaml" tabIndex={0} role="region" aria-label="The lines to write"><code>{suggestion.yaml}</code></pre>
      <div class="row"><Copy text={suggestion.yaml} what="YAML" /><span class="soft small">Then <code>penstock check</code>, restart, and redrive.</span></div>
    </>}
  </section>
}

function Samples({ group, since }: { group: QuarantineGroup; since: string }) {
  const events = useSignal<QuarantinedEvent[] | null>(null)
  const failure = useSignal<ApiError | null>(null)
  const limit = useSignal(few)
  const round = useSignal(0)
  useEffect(() => {
    let gone = false
    const { reason, contract, field } = group
    const from = sinceTime(since, Date.now())
    const asked = new URLSearchParams({ reason, contract, field, limit: String(limit.value), ...(from ? { since: from } : {}) })
    get<{ events: QuarantinedEvent[] }>(`/api/v1/quarantine/sample?${asked}`).then(
      (answer) => {
        if (gone) return
        events.value = answer.events
        failure.value = null
      },
      (error: ApiError) => {
        if (!gone) failure.value = error
      },
    )
    return () => {
      gone = true
    }
  }, [group.reason, group.contract, group.field, group.count, since, limit.value, round.value])

  return <section class="quarantine-samples" aria-label="Samples">
    <h3>{events.value && events.value.length < group.count ? `${formatCount(events.value.length)} of ${formatCount(group.count)} events` : 'Events'}</h3>
    {failure.value ? <ErrorNotice error={failure.value} retry={() => void round.value++} /> : !events.value ? <Skeleton lines={4} label="Reading samples" />
      : events.value.map((e) => <Sample key={e.shard + e.sequence} event={e} />)}
    {events.value && limit.value < many && events.value.length < group.count && events.value.length >= limit.value &&
      <button class="button" onClick={() => (limit.value = many)}>Show more, up to {many}</button>}
  </section>
}

function Sample({ event }: { event: QuarantinedEvent }) {
  return <div class="quarantine-sample">
    <p class="row small"><Time at={event.arrived_at} /><span class="soft">{event.shard}</span>
      <a href={traceLink(event.sequence)}>Trace<span class="hidden"> the event {event.sequence}</span></a></p>
    {event.detail && <p class="quarantine-said">{event.detail}</p>}
    <Raw raw={event.raw} base64={event.raw_base64} mark={event.mark} label="The refused event" />
  </div>
}
