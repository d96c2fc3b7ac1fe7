import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError, get } from '../../api/client'
import type { Trace } from '../../api/types'
import { query } from '../../app/router'
import { ErrorNotice, Skeleton } from '../../parts/notice'
import { TraceBox } from './box'
import { FoundEvent } from './found'
import './trace.css'

// An event on its way is looked for again this often, in milliseconds, and this many times.
const again = 2_000
const most = 30

interface Answer { key: string; trace?: Trace; error?: ApiError }

/** TracePage follows one event through the pipeline. The address has what is looked for. */
export default function TracePage() {
  const key = query.value.get('key')?.trim() ?? ''
  const answer = useSignal<Answer | null>(null)
  const round = useSignal(0)

  useEffect(() => {
    if (!key) return
    let timer: number | undefined
    let gone = false
    async function look(left: number) {
      try {
        const trace = await get<Trace>(`/api/v1/trace?key=${encodeURIComponent(key)}`)
        if (gone) return
        answer.value = { key, trace }
        if (left > 0 && trace.found.some((f) => f.state === 'in_flight')) timer = window.setTimeout(() => void look(left - 1), again)
      } catch (error) {
        if (!gone) answer.value = { key, error: error as ApiError }
      }
    }
    void look(most)
    return () => {
      gone = true
      window.clearTimeout(timer)
    }
  }, [key, round.value])

  const shown = answer.value?.key === key ? answer.value : null
  return <div class="stack trace">
    <h1>Where is my event?</h1>
    <div class="card"><TraceBox value={key} /></div>
    {!key ? <Help /> : !shown ? <Skeleton lines={5} label={`Looking for ${key}`} />
      : shown.error ? <ErrorNotice error={shown.error} retry={() => {
          answer.value = null
          round.value++
        }} />
      : shown.trace && <Result trace={shown.trace} />}
  </div>
}

function Result({ trace }: { trace: Trace }) {
  const n = trace.found.length
  return <>
    <div role="status" class="trace-says">
      {n > 0 ? <p><strong>{n === 1 ? 'One event' : `${n} events`}</strong> for <q class="trace-key">{trace.key}</q></p>
        : <div class="notice warn">
          <p><strong>Nothing found for <q class="trace-key">{trace.key}</q>.</strong></p>
          <p class="trace-searched">Searched: {trace.searched}.</p>
          <p>{trace.complete ? 'That is everything this pipeline holds: the event was never accepted, or its retention has passed.'
            : 'That is not everything this pipeline holds, so the event may still be there. A sequence number or shard:position finds it exactly.'}</p>
        </div>}
      {n > 0 && <p class="soft small trace-searched">Searched: {trace.searched}.{!trace.complete && ' There may be more.'}</p>}
    </div>
    {trace.found.map((f) => <FoundEvent key={`${f.shard}:${f.position}`} found={f} />)}
    {n === 0 && <Help />}
  </>
}

function Help() {
  return <section class="trace-help" aria-labelledby="trace-help">
    <h2 id="trace-help">What it takes</h2>
    <dl>
      <div><dt>The value of a contract's key</dt><dd>such as an order's id: <code>3f0c9a52-8f4e-4c1b-9d52-4a8f9d0f6b11</code></dd></div>
      <div><dt>A sequence number</dt><dd>as the producer got it in its answer: <code>49668899…</code>, 56 digits</dd></div>
      <div><dt>A shard and a position</dt><dd>as problems and logs name them: <code>0:1800</code></dd></div>
      <div><dt>A text</dt><dd>that stands in the event: <code>jane@example.com</code>. It looks at what is recent first, and says how far it looked.</dd></div>
    </dl>
  </section>
}
