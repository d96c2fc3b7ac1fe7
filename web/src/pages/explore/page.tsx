import { useEffect, useRef, useState } from 'preact/hooks'
import { get, type ApiError } from '../../api/client'
import type { Table } from '../../api/types'
import { query, setQuery } from '../../app/router'
import { Icon } from '../../parts/icon'
import { Popover } from '../../parts/popover'
import { forget, history, remember } from './history'
import './page.css'
import { Results } from './results'
import { run, type Found } from './run'
import { Tables } from './tables'

/** ExplorePage is for questions that no dashboard answers: SQL on the warehouse, read only. */
export default function ExplorePage() {
  const editor = useRef<HTMLTextAreaElement>(null)
  const running = useRef<AbortController | null>(null)
  const [sql, setSQL] = useState(query.peek().get('sql') ?? '')
  const [asked, setAsked] = useState({ sql: '', at: 0, seconds: 0 })
  const [found, setFound] = useState<Found | null>(null)
  const [tables, setTables] = useState<Table[] | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const load = () => {
    setError(null)
    get<Table[] | null>('/api/v1/tables').then((list) => {
      setTables(list ?? [])
      if (list?.[0]) setSQL((present) => present || `select *\nfrom ${list[0]!.name}\nlimit 100`)
    }, setError)
  }
  useEffect(load, [])
  useEffect(() => () => running.current?.abort(), [])

  function ask() {
    if (!sql.trim()) return
    running.current?.abort()
    const cancel = new AbortController()
    const at = performance.now()
    running.current = cancel
    remember(sql)
    setQuery({ sql })
    setAsked({ sql, at, seconds: 0 })
    setFound({ columns: [], rows: [], done: false, note: '', error: null })
    void run(sql, cancel.signal, (now) => {
      if (running.current !== cancel) return
      setFound(now)
      if (now.done) setAsked({ sql, at, seconds: (performance.now() - at) / 1000 })
    })
  }
  /** insert writes where the cursor is, as if it were typed, so that undo takes it back. */
  function insert(text: string) {
    const area = editor.current
    if (!area) return
    area.focus()
    const before = area.value.slice(0, area.selectionStart)
    const spaced = before && !/[\s(,.]$/.test(before) ? ` ${text}` : text
    area.setRangeText(spaced, area.selectionStart, area.selectionEnd, 'end')
    setSQL(area.value)
  }

  const busy = found !== null && !found.done
  return <div class="explore">
    <aside class="explore-tables card" aria-label="Tables"><h2>Tables</h2><Tables tables={tables} error={error} retry={load} onInsert={insert} /></aside>
    <div class="explore-main">
      <h1>Explore</h1>
      <div class="card editor">
        <textarea ref={editor} class="field mono" aria-label="SQL" aria-describedby="editor-hint" spellcheck={false} autocapitalize="off" autocomplete="off" rows={Math.min(20, Math.max(6, sql.split('\n').length + 1))}
          value={sql} placeholder="select ..." onInput={(event) => setSQL(event.currentTarget.value)} onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
            event.preventDefault()
            ask()
          }} />
        <div class="row">
          <button type="button" class="button primary" disabled={!sql.trim()} onClick={ask}>Run</button>
          {busy && <button type="button" class="button" onClick={() => running.current?.abort()}>Cancel</button>}
          <Popover label={<>History <Icon name="down" /></>}>
            {(close) => <History onChoose={(old) => {
              setSQL(old)
              close()
              editor.current?.focus()
            }} />}
          </Popover>
          <span id="editor-hint" class="soft small">Ctrl+Enter runs. Read only: one SELECT, within limits of time and memory.</span>
        </div>
      </div>
      <Results found={found} sql={asked.sql} seconds={asked.seconds} />
    </div>
  </div>
}

function History({ onChoose }: { onChoose: (sql: string) => void }) {
  if (!history.value.length) return <p class="soft small menu-item">Nothing asked on this browser yet.</p>
  return <div class="menu history">
    {history.value.map((old) => <button type="button" class="menu-item mono" title={old} onClick={() => onChoose(old)}>{old.replace(/\s+/g, ' ')}</button>)}
    <button type="button" class="menu-item soft" onClick={forget}>Forget all</button>
  </div>
}
