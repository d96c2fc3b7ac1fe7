import type { Cell, Found, TraceStep } from '../../api/types'
import { Badge, type Tone } from '../../parts/badge'
import { Copy } from '../../parts/copy'
import { formatCount } from '../../parts/format'
import { Raw } from '../../parts/raw/raw'
import { Time } from '../../parts/time'
import { quarantineLink } from '../quarantine/link'
import { reasonOf } from '../quarantine/reasons'

const states: Record<Found['state'], { tone: Tone; icon: string; word: string }> = {
  loaded: { tone: 'ok', icon: '✓', word: 'Loaded' },
  quarantined: { tone: 'fail', icon: '✕', word: 'Quarantined' },
  dropped: { tone: 'plain', icon: '–', word: 'Dropped' },
  in_flight: { tone: 'warn', icon: '…', word: 'In flight' },
}

/** FoundEvent is one event: what became of it, step by step, and what it says. */
export function FoundEvent({ found }: { found: Found }) {
  const state = states[found.state]
  const said = found.contract || found.table
  return <article class="card trace-found" aria-label={`${state.word} event at position ${found.position}`}>
    <header class="row">
      <Badge tone={state.tone}><span aria-hidden="true">{state.icon}</span>{state.word}</Badge>
      <h2>{said || 'No contract'}</h2>
      <span class="soft small numbers">position {formatCount(found.position)} of {found.shard}</span>
    </header>
    <div class="trace-columns">
      <div class="trace-way">
        <Timeline found={found} />
        {found.state === 'quarantined' && <Why found={found} />}
      </div>
      <Facts found={found} />
    </div>
    {found.row && <section>
      <h3>The row{found.table && <> in <span class="mono">{found.table}</span></>}</h3>
      <dl class="trace-row">
        {Object.entries(found.row).map(([name, value]) => <div key={name}>
          <dt class="mono">{name}</dt>
          <dd><Value of={value} /></dd>
        </div>)}
      </dl>
    </section>}
    <section>
      <h3>The event as it was sent</h3>
      {found.truncated && <p class="soft small">Only its beginning is shown.</p>}
      {found.raw || found.raw_base64 ? <Raw raw={found.raw_base64 ? undefined : found.raw} base64={found.raw_base64} label="The event as it was sent" />
        : <p class="soft">The stream holds its bytes no longer. What became of it is above.</p>}
    </section>
  </article>
}

// Of a longer value the beginning is shown, in characters; a text in a column may have 16 MiB.
const most = 2_000

function Value({ of }: { of: Cell }) {
  if (of === null) return <span class="soft">NULL</span>
  if (of === '') return <span class="soft">empty text</span>
  return <>{of.slice(0, most)}{of.length > most && <span class="soft"> … {formatCount(of.length - most)} more characters</span>}</>
}

const titles: Record<TraceStep['name'], string> = {
  accepted: 'Accepted', delivered: 'Delivered to the lake', loaded: 'Loaded into the warehouse', quarantined: 'Put in quarantine', redriven: 'Sent through the contracts again', dropped: 'Dropped',
}

function Timeline({ found }: { found: Found }) {
  return <ol class="timeline">
    {found.steps.map((step, i) => <li key={i} class={step.name}>
      <strong>{titles[step.name] ?? step.name}</strong>
      {step.at && <span class="soft small"><Time at={step.at} /></span>}
      {step.detail && <span class="timeline-detail soft small">{step.detail}</span>}
    </li>)}
    {found.state === 'in_flight' && <li class="pending"><strong>On its way</strong><span class="timeline-detail soft small">
      {found.detail ? found.detail + '.' : found.steps.some((s) => s.name === 'delivered') ? 'The warehouse has not loaded its file yet.' : 'It waits in the stream for its file to be written.'} This page looks again.
    </span></li>}
  </ol>
}

function Why({ found }: { found: Found }) {
  const { reason: code = '', contract = '', field = '' } = found
  const reason = reasonOf(code)
  return <div class="notice fail trace-why">
    <p><strong>{reason.title}</strong>{field && <>: <span class="mono">{field}</span></>}</p>
    {found.detail && <p>{found.detail}</p>}
    <p class="small"><a href={quarantineLink({ reason: code, contract, field })}>All events refused for this, and how to send them again</a></p>
  </div>
}

function Facts({ found }: { found: Found }) {
  const facts: [name: string, value: string | undefined, copy: boolean][] = [
    ['Stream', found.stream, false], ['Shard', found.shard, false], ['Sequence', found.sequence, true], ['Contract', found.contract, false],
    ['Table', found.table, false], ['Lake file', found.file, true],
    ['Contracts\' version', found.contract_version, false],
  ]
  return <dl class="trace-facts">
    {facts.map(([name, value, copy]) => value && <div key={name}>
      <dt>{name}</dt>
      <dd><span class="mono">{value}</span>{copy && <Copy text={value} what={name.toLowerCase()} />}</dd>
    </div>)}
  </dl>
}
