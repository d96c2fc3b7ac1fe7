import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { ApiError, post } from '../../api/client'
import type { RedriveReport } from '../../api/types'
import { formatCount } from '../../parts/format'
import { ErrorNotice, Spinner } from '../../parts/notice'
import { counted } from '../path/figures'
import { Place } from './groups'
import { reasonOf } from './reasons'

/** What names the events that are sent again, as POST /api/v1/redrive takes it; what is not named is any, and an empty text is none. */
export interface What { reasons?: string[]; contract?: string; field?: string; since?: string }

interface Props {
  what: What
  count: number
  name: string
  /** is called after a redrive, to count again */
  again: () => void
  /** what stands before the buttons */
  children?: ComponentChildren
}

/** Redrive sends events through the present contracts again: as a trial, or, once confirmed, for good. */
export function Redrive({ what, count, name, again, children }: Props) {
  const busy = useSignal<'' | 'dry' | 'real'>('')
  const report = useSignal<RedriveReport | null>(null)
  const failure = useSignal<ApiError | null>(null)
  const dialog = useRef<HTMLDialogElement>(null)

  async function run(dry: boolean) {
    dialog.current?.close()
    busy.value = dry ? 'dry' : 'real'
    failure.value = null
    try {
      report.value = await post<RedriveReport>('/api/v1/redrive', { ...what, dry_run: dry })
    } catch (error) {
      report.value = null
      failure.value = error as ApiError
    }
    busy.value = ''
    if (!dry) again()
  }

  const off = busy.value !== ''
  return <div class="redrive">
    <div class="row">
      {children}
      <button class="button" disabled={off} onClick={() => void run(true)}>Dry-run {name}</button>
      <button class={`button ${children ? '' : 'primary'}`} disabled={off} onClick={() => dialog.current?.showModal()}>Redrive {name}…</button>
      {off && <Spinner label={busy.value === 'dry' ? 'Trying' : 'Sending'} />}
    </div>
    <dialog ref={dialog} class="card redrive-dialog" aria-labelledby={`redrive-${name}`}>
      <h2 id={`redrive-${name}`}>Send {counted(count, 'event')} again?</h2>
      <p>They go through the contracts as they are now. Those that pass become rows, once, under their old place in the stream; the others stay here.
        A dry run shows beforehand which do what.</p>
      <div class="row redrive-choice">
        <button class="button" onClick={() => dialog.current?.close()}>Cancel</button>
        <button class="button primary" onClick={() => void run(false)}>Redrive {name}</button>
      </div>
    </dialog>
    <div aria-live="polite">{report.value && <Report report={report.value} close={() => (report.value = null)} />}</div>
    {failure.value && <ErrorNotice error={failure.value} />}
  </div>
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)

function Report({ report, close }: { report: RedriveReport; close: () => void }) {
  const passed = sum(report.passed)
  const failed = sum(report.failed)
  return <section class="redrive-report" aria-label={report.dry_run ? 'What a redrive would do' : 'What the redrive did'}>
    <header class="row"><h3>{report.dry_run ? 'A redrive would' : 'The redrive'}</h3>
      <button class="button quiet small" aria-label="Close the report" onClick={close}>✕</button></header>
    <dl>
      <div><dt>{report.dry_run ? 'examine' : 'examined'}</dt><dd class="numbers">{formatCount(report.examined)}</dd></div>
      <div class={passed ? 'good' : ''}><dt>{report.dry_run ? 'load' : 'passed, and are rows now'}</dt><dd class="numbers">{formatCount(passed)}<By counts={report.passed} name={(t) => t} /></dd></div>
      {report.dropped > 0 && <div><dt>{report.dry_run ? 'drop' : 'dropped by a contract'}</dt><dd class="numbers">{formatCount(report.dropped)}</dd></div>}
      <div class={failed ? 'bad' : ''}><dt>{report.dry_run ? 'leave here' : 'still failing'}</dt><dd class="numbers">{formatCount(failed)}<Stay report={report} /></dd></div>
    </dl>
  </section>
}

/** Stay says what the present contracts say of the events that stay, which may differ from why they came here. */
function Stay({ report }: { report: RedriveReport }) {
  if (!report.stay?.length) return <By counts={report.failed} name={(r) => reasonOf(r).title} />
  return <ul class="soft small">{report.stay.slice(0, 20).map((s) => <li key={JSON.stringify(s)}>{formatCount(s.count)} {reasonOf(s.reason).title}: <Place group={s} /></li>)}</ul>
}

function By({ counts, name }: { counts: Record<string, number>; name: (of: string) => string }) {
  const entries = Object.entries(counts).sort((a, b) => b[1] - a[1])
  if (entries.length === 0) return null
  return <ul class="soft small">{entries.map(([of, n]) => <li key={of}>{formatCount(n)} {name(of)}</li>)}</ul>
}
