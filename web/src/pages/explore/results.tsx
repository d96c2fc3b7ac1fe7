import { useEffect, useState } from 'preact/hooks'
import { DataTable } from '../../parts/data-table'
import { csv, download } from '../../parts/download'
import { formatCount, formatDuration } from '../../parts/format'
import { Empty, ErrorNotice, Spinner } from '../../parts/notice'
import { firstChoice, Quick } from './quick'
import type { Found } from './run'
import type { Choice } from './tile'

interface Props { found: Found | null; sql: string; seconds: number }

/** mostListed is how many rows the table shows; all that were read are in the CSV. */
const mostListed = 1000

/** Results shows what a query brought, as a table or drawn. */
export function Results({ found, sql, seconds }: Props) {
  const [as, show] = useState<'table' | 'chart'>('table')
  const [choice, choose] = useState<Choice | null>(null)
  const [title, setTitle] = useState('')
  const shape = found?.columns.map((c) => `${c.name} ${c.type}`).join() ?? ''
  useEffect(() => choose(null), [shape])
  if (!found) return <Empty title="Nothing asked yet">Write a query and press Ctrl+Enter.</Empty>
  const { columns, rows, done, note, error } = found
  const save = () => download('result.csv', new Blob([csv(columns.map((c) => c.name), rows)], { type: 'text/csv;charset=utf-8' }))
  const told = [`${formatCount(rows.length)} ${rows.length === 1 ? 'row' : 'rows'}`, done ? formatDuration(seconds) : '', note].filter(Boolean).join(' · ')
  return <div class="results">
    {error && <ErrorNotice error={error} />}
    {columns.length > 0 && <>
      <div class="results-head">
        <div class="switch" role="group" aria-label="Show as">
          <button type="button" class="button" aria-pressed={as === 'table'} onClick={() => show('table')}>Table</button>
          <button type="button" class="button" aria-pressed={as === 'chart'} onClick={() => show('chart')}>Chart</button>
        </div>
        <p class="soft small numbers" role="status">{!done && <Spinner label="Reading" />} {told}</p>
        <button type="button" class="button quiet small" disabled={!rows.length} onClick={save}>Download CSV</button>
      </div>
      {rows.length === 0 && done ? <Empty title="No rows">The query found nothing.</Empty>
        : as === 'table' ? <div class="results-table" tabIndex={0} role="region" aria-label="Result"><DataTable caption="Result" columns={columns} rows={rows} limit={mostListed} exact /></div>
        : <Quick result={{ columns, rows }} sql={sql} choice={choice ?? firstChoice({ columns, rows })} title={title} onChoice={choose} onTitle={setTitle} />}
    </>}
    {!columns.length && !done && <p class="row soft"><Spinner label="Waiting" /> Waiting for the warehouse</p>}
    {!columns.length && done && !error && note && <p class="soft">{note}</p>}
  </div>
}
