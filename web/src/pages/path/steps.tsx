import { useMemo } from 'preact/hooks'
import type { Monitor, Step, StepName } from '../../api/types'
import { Badge } from '../../parts/badge'
import { formatDuration, formatRate } from '../../parts/format'
import { Sentence } from '../../parts/sentence'
import { Sparkline } from '../../parts/sparkline'
import { counted } from './figures'
import { Pause, pausable } from './pause'
import { StateBadge } from './state'

// The history holds at most as many readings.
const points = 120

const titles: Record<StepName, string> = { source: 'Source', stream: 'Stream', delivery: 'Delivery', lake: 'Lake', warehouse: 'Warehouse' }
const about: Record<StepName, string> = {
  source: 'takes events in', stream: 'keeps them in order', delivery: 'checks them against the contracts', lake: 'stores the files', warehouse: 'makes them rows',
}

/** Steps draws the way of an event, one card a step, in the order it goes. */
export function Steps({ monitor }: { monitor: Monitor }) {
  return <ol class="path-steps" aria-label="The way of an event">
    {monitor.steps.map((step) => <StepCard key={step.name} step={step} history={monitor.history} />)}
  </ol>
}

function StepCard({ step, history }: { step: Step; history: Monitor['history'] }) {
  // A new reading comes each second, a new point of the line every few.
  const values = useMemo(() => history.steps[step.name] ?? [], [history.at, step.name])
  // A pipeline that has just begun draws its line from the right, so that a stretch is as long on every day.
  const line = useMemo(() => [...Array<null>(Math.max(0, points - values.length)).fill(null), ...values], [values])
  const minutes = Math.max(1, Math.round((values.length * history.seconds) / 60))
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  return <li class={`card path-step ${step.state}`}>
    <header class="path-step-head">
      <h2>{titles[step.name] ?? step.name}</h2>
      {step.paused ? <Badge tone="warn"><span aria-hidden="true">❚❚</span>Paused</Badge> : <StateBadge state={step.state} />}
    </header>
    <p class="soft small path-detail">{step.detail || about[step.name]}</p>
    <p class="path-rate"><strong class="numbers">{formatRate(step.events_per_second)}</strong> <span class="soft">events/s</span></p>
    <Sparkline values={line} tone={step.state === 'ok' ? 'accent' : step.state}
      label={`Events a second over the last ${minutes} min: now ${formatRate(step.events_per_second)}, at most ${formatRate(most)}`} />
    <dl class="path-figures">
      <div><dt>Lag</dt><dd class="numbers">{step.lag_events > 0 ? `${counted(step.lag_events, 'event')}, ${formatDuration(step.lag_seconds)}` : 'none'}</dd></div>
      <div class={step.errors > 0 ? 'bad' : ''}><dt>Errors</dt><dd class="numbers">{step.errors > 0 ? counted(step.errors, 'error') : 'none'}</dd></div>
    </dl>
    {(step.problem || pausable[step.name]) && <div class="path-foot">
      {step.problem && <p class={`path-problem ${step.state}`}><Sentence text={step.problem} /></p>}
      <Pause step={step} />
    </div>}
  </li>
}
