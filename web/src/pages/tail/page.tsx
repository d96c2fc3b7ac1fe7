import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { ApiError, problem } from '../../api/client'
import { live, type Connection } from '../../api/live'
import type { TailEvent, TailSkipped } from '../../api/types'
import { query, setQuery } from '../../app/router'
import { Badge } from '../../parts/badge'
import { formatCount, formatRate } from '../../parts/format'
import { ErrorNotice } from '../../parts/notice'
import { counted } from '../path/figures'
import { TailLine } from './line'
import { Tail } from './lines'
import './tail.css'

// How often the page is drawn, and how often a screen reader hears a summary, in milliseconds.
const frame = 200
const summary = 20_000

/** TailPage shows events as they arrive. The address has the filter. */
export default function TailPage() {
  const filter = query.value.get('filter') ?? ''
  const tail = useSignal(new Tail())
  const drawn = useSignal(0)
  const paused = useSignal(false)
  const away = useSignal(false)
  const connection = useSignal<Connection>('connecting')
  const failure = useSignal<ApiError | null>(null)
  const said = useSignal('')
  const rate = useSignal(0)
  const box = useRef<HTMLDivElement>(null)
  const before = useRef(0)
  const hold = () => paused.value || away.value

  useEffect(() => {
    const url = '/api/v1/tail' + (filter ? `?filter=${encodeURIComponent(filter)}` : '')
    const t = (tail.value = new Tail())
    let stale = true
    failure.value = null
    const listening = live(url, {
      event: (data) => {
        t.event(data as TailEvent, hold(), Date.now())
        stale = true
      },
      skipped: (data) => {
        t.leaveOut((data as TailSkipped).count, hold(), Date.now())
        stale = true
      },
    })
    const stop = listening.state.subscribe((state) => {
      connection.value = state
      if (state === 'open') failure.value = null
      if (state === 'lost') void why(url).then((error) => {
        if (listening.state.value !== 'lost') return
        failure.value = error
        // A filter that cannot be read will not be read the next time.
        if (error?.status === 400) listening.close()
      })
    })
    const draw = window.setInterval(() => {
      rate.value = t.rate(Date.now())
      if (!stale) return
      stale = false
      drawn.value++
    }, frame)
    const say = window.setInterval(() => (said.value = `${counted(t.arrived, 'event')} so far, ${formatRate(t.rate(Date.now()))} a second`), summary)
    return () => {
      window.clearInterval(draw)
      window.clearInterval(say)
      stop()
      listening.close()
    }
  }, [filter])

  // The newest line is at the bottom; the page follows it until the reader scrolls up. It follows before the browser
  // paints, so that no scroll event sees lines that it has not followed yet.
  useLayoutEffect(() => {
    if (!hold() && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [drawn.value])

  function scrolled() {
    const b = box.current
    if (!b) return
    const up = b.scrollTop < before.current
    before.current = b.scrollTop
    const below = b.scrollHeight - b.scrollTop - b.clientHeight > 40
    if (below === away.value || (below && !up)) return
    away.value = below
    if (!hold()) release()
  }
  function release() {
    tail.value.release()
    drawn.value++
  }
  function newest() {
    away.value = false
    paused.value = false
    release()
  }
  function toggle() {
    paused.value = !paused.value
    if (!hold()) release()
  }
  // Who opens an event wants to read it where it is.
  const pause = () => void (paused.value = true)
  function clear() {
    tail.value.clear()
    away.value = false
    drawn.value++
  }

  void drawn.value
  const t = tail.value
  return <div class="tail">
    <header class="tail-head">
      <h1>Live tail</h1>
      <State connection={connection.value} paused={paused.value} />
      <span class="numbers tail-rate"><strong>{formatRate(rate.value)}</strong> <span class="soft">events/s{filter && ' that match'}</span></span>
      <div class="row tail-tools">
        <button class="button" aria-pressed={paused.value} onClick={toggle}>{paused.value ? 'Resume' : 'Pause'}</button>
        <button class="button" onClick={clear}>Clear</button>
      </div>
    </header>
    <FilterBox value={filter} error={failure.value?.status === 400 ? failure.value : null} />
    {failure.value && failure.value.status !== 400 && <ErrorNotice error={failure.value} />}
    <p class="hidden" role="status">{said.value}</p>
    <div class="tail-frame">
      <div class="tail-box card" ref={box} onScroll={scrolled} tabIndex={0} role="log" aria-live="off" aria-label="Events as they arrive, the newest last">
        {t.shown.length === 0 ? <Waiting filter={filter} failed={failure.value !== null} />
          : <ol>{t.shown.map((line) => <TailLine key={line.id} line={line} onOpen={pause} />)}</ol>}
      </div>
      {hold() && <button class="button primary tail-newest" onClick={newest}>
        <span aria-hidden="true">↓</span> {t.waiting.length ? `${formatCount(t.waiting.length)}${t.waiting.length >= 500 ? '+' : ''} new` : 'To the newest'}
      </button>}
    </div>
    <p class="soft small">{counted(t.arrived, 'event')}{filter && ' that match'} since the page began to listen
      {t.skipped > 0 && <>, {formatCount(t.skipped)} of them left out: a tail shows at most 50 a second</>}. The newest 500 lines are kept.</p>
  </div>
}

/** why asks once what a refused stream's answer was; null when it is a stream after all. */
async function why(url: string): Promise<ApiError | null> {
  const abort = new AbortController()
  try {
    const response = await fetch(url, { credentials: 'same-origin', signal: abort.signal })
    const error = response.ok ? null : await problem(response)
    abort.abort()
    return error
  } catch {
    return new ApiError(0, 'unreachable', 'The pipeline does not answer.', 'Trying again.')
  }
}

function State({ connection, paused }: { connection: Connection; paused: boolean }) {
  if (connection === 'lost') return <Badge tone="fail"><span aria-hidden="true">✕</span>Not connected</Badge>
  if (connection === 'connecting') return <Badge>Connecting…</Badge>
  return paused ? <Badge tone="warn"><span aria-hidden="true">❚❚</span>Paused</Badge> : <Badge tone="ok"><span aria-hidden="true">●</span>Live</Badge>
}

function Waiting({ filter, failed }: { filter: string; failed: boolean }) {
  if (failed) return null
  return <p class="tail-waiting soft">{filter ? <>No event that matches <code>{filter}</code> has arrived yet.</> : <>No event has arrived since this page began to listen. <code>penstock produce 10</code> sends some.</>}</p>
}

function FilterBox({ value, error }: { value: string; error: ApiError | null }) {
  const input = useRef<HTMLInputElement>(null)
  function submit(event: Event) {
    event.preventDefault()
    setQuery({ filter: input.current?.value.trim() || null }, 'push')
  }
  return <form class="tail-filter" role="search" onSubmit={submit}>
    <label class="small soft" for="tail-filter">Only events with a text, or for which a condition holds: <code>cel:event.country == "Spain"</code></label>
    <div class="row">
      <input key={value} ref={input} id="tail-filter" class="field mono" type="search" defaultValue={value} maxLength={2000} autocomplete="off" spellcheck={false}
        aria-invalid={error ? 'true' : undefined} aria-describedby={error ? 'tail-filter-error' : undefined} />
      <button class="button">Filter</button>
      {value && <button type="button" class="button quiet" onClick={() => setQuery({ filter: null }, 'push')}>Show all</button>}
    </div>
    {error && <p id="tail-filter-error" class="notice fail" role="alert"><strong>{error.message}</strong> {error.hint}</p>}
  </form>
}
