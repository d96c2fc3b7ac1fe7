import { useComputed, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError, get } from '../../api/client'
import { live, type Connection } from '../../api/live'
import type { Monitor } from '../../api/types'
import { now } from '../../parts/clock'
import { formatDuration } from '../../parts/format'
import { ErrorNotice, Skeleton } from '../../parts/notice'
import { Sentence } from '../../parts/sentence'
import { Time } from '../../parts/time'
import { TraceBox } from '../trace/box'
import { Alarms } from './alarms'
import { secondsBetween } from './figures'
import { LedgerCard } from './ledger'
import { Machine } from './machine'
import './path.css'
import { StateBadge, type State } from './state'
import { Steps } from './steps'

// The server sends a reading each second; after this long without one the connection counts as lost, in milliseconds.
const silence = 10_000

/** PathPage shows where the events of the pipeline are, as it happens. */
export default function PathPage() {
  const monitor = useSignal<Monitor | null>(null)
  const heard = useSignal(Date.now())
  const awake = useSignal(Date.now())
  const connection = useSignal<Connection>('connecting')
  const failure = useSignal<ApiError | null>(null)
  const lost = useComputed(() => connection.value === 'lost' || now.value - Math.max(heard.value, awake.value) > silence)

  useEffect(() => {
    const listening = live('/api/v1/monitor/live', {
      monitor: (data) => {
        heard.value = Date.now()
        failure.value = null
        monitor.value = data as Monitor
      },
    })
    const stop = listening.state.subscribe((state) => {
      connection.value = state
      // A stream that is refused does not say why; the same question asked once does.
      if (state === 'lost') get<Monitor>('/api/v1/monitor').then((m) => (monitor.value ??= m), (error: ApiError) => {
        if (listening.state.value === 'lost') failure.value = error
      })
    })
    // The connection rests while the page is hidden.
    const wake = () => (awake.value = Date.now())
    document.addEventListener('visibilitychange', wake)
    return () => {
      document.removeEventListener('visibilitychange', wake)
      stop()
      listening.close()
    }
  }, [])

  const m = monitor.value
  return <div class="stack path">
    <header class="path-head">
      <h1>Pipeline</h1>
      {m && !lost.value && <StateBadge state={worst(m)}>{summary(m)}</StateBadge>}
      <TraceBox compact />
    </header>
    {!m && (failure.value ? <ErrorNotice error={failure.value} /> : <Skeleton lines={6} label="Reading the pipeline's state" />)}
    {m && <>
      {lost.value && <p class="notice warn path-lost" role="status">
        <strong>No connection since <Time at={new Date(heard.value).toISOString()} />.</strong> What is shown is from then.
        {' '}<Sentence text={failure.value ? `${failure.value.message} ${failure.value.hint}` : 'Trying again.'} />
      </p>}
      <div class={`stack ${lost.value ? 'stale' : ''}`}>
        <Freshness monitor={m} />
        <Problems monitor={m} />
        <Steps monitor={m} />
        <div class="path-below">
          <LedgerCard monitor={m} />
          <Alarms monitor={m} />
          <Machine monitor={m} />
        </div>
      </div>
    </>}
  </div>
}

function worst(m: Monitor): State {
  if (!m.ready || !m.balanced || m.steps.some((s) => s.state === 'fail') || m.alarms.some((a) => a.state === 'firing')) return 'fail'
  return m.steps.some((s) => s.state === 'warn') || m.problems.length ? 'warn' : 'ok'
}

function summary(m: Monitor): string {
  const failing = m.steps.filter((s) => s.state === 'fail').map((s) => s.name)
  if (failing.length) return `The ${failing.join(' and ')} ${failing.length > 1 ? 'are' : 'is'} failing`
  if (!m.balanced) return 'The ledger does not balance'
  if (!m.ready) return 'Not ready'
  const firing = m.alarms.filter((a) => a.state === 'firing')
  if (firing.length) return `Alarm: ${firing.map((a) => a.name).join(', ')}`
  const paused = m.steps.filter((s) => s.paused).map((s) => s.name)
  if (paused.length) return `The ${paused.join(' and ')} ${paused.length > 1 ? 'are' : 'is'} paused`
  const slow = m.steps.filter((s) => s.state === 'warn').map((s) => s.name)
  if (slow.length) return `Look at the ${slow.join(' and ')}`
  return m.problems.length ? 'There are problems' : 'Everything flows'
}

function Freshness({ monitor }: { monitor: Monitor }) {
  const behind = secondsBetween(monitor.complete_to, monitor.at)
  return <p class="path-fresh">
    <span>Complete to <strong><Time at={monitor.complete_to} /></strong></span>
    <span class="soft">{behind < 1 ? 'up to date' : <>{formatDuration(behind)} behind</>}</span>
    <span class="soft">stream <span class="mono">{monitor.stream}</span></span>
  </p>
}

/** Problems lists what no step's card says already. */
function Problems({ monitor }: { monitor: Monitor }) {
  const said = new Set(monitor.steps.map((s) => s.problem))
  const more = monitor.problems.filter((p) => !said.has(p))
  if (!more.length) return null
  return <ul class="path-problems" aria-label="Problems">
    {more.map((p) => <li key={p} class="notice fail"><span aria-hidden="true">✕ </span><Sentence text={p} /></li>)}
  </ul>
}
