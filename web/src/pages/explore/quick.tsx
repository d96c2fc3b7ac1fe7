import { useMemo } from 'preact/hooks'
import type { ChartData, ChartDefinition, ChartType, Result } from '../../api/types'
import { Chart } from '../../charts/chart'
import { drawn, kinds } from '../../charts/kinds'
import { Copy } from '../../parts/copy'
import { DataTable } from '../../parts/data-table'
import { formatCount, isNumberType, isTimeType } from '../../parts/format'
import { Figure } from '../dashboard/figure'
import { arranged, tile, type Choice } from './tile'

/** mostDrawn is how many rows a quick chart draws. */
const mostDrawn = 5000

interface Props { result: Result; sql: string; choice: Choice; title: string; onChoice: (choice: Choice) => void; onTitle: (title: string) => void }

/** firstChoice guesses how a result is best drawn. */
export function firstChoice({ columns, rows }: Result): Choice {
  const measure = columns.findLast((c) => isNumberType(c.type))?.name ?? ''
  const x = columns.find((c) => c.name !== measure)?.name ?? ''
  const xType = columns.find((c) => c.name === x)?.type ?? ''
  const series = columns.find((c) => c.name !== measure && c.name !== x && !isNumberType(c.type) && !isTimeType(c.type))?.name ?? ''
  const type: ChartType = !measure ? 'table' : rows.length <= 1 ? 'number' : isTimeType(xType) ? 'line' : 'bar'
  return { type, x, series, measure }
}

/** Quick draws a result as the reader chooses, and gives it away as a tile for a dashboard. */
export function Quick({ result, sql, choice, title, onChoice, onTitle }: Props) {
  const time = isTimeType(result.columns.find((c) => c.name === choice.x)?.type ?? '') && choice.type !== 'number'
  const chart: ChartDefinition = useMemo(() => ({ id: 'quick', title: title || 'Result', description: '', type: choice.type, width: 2, height: 2, format: {}, filter: '', time, sql }), [choice, title, time, sql])
  const data: ChartData & Result = useMemo(() => ({
    id: 'quick', ...arranged({ columns: result.columns, rows: result.rows.slice(0, mostDrawn) }, choice), bucket: '', from: null, to: null, complete_to: '', quarantined: 0, took_ms: 0, truncated: false,
  }), [result, choice])
  const pick = (name: keyof Choice, label: string, options: [string, string][]) => <label>{label} <select class="field" value={choice[name]} onChange={(e) => onChoice({ ...choice, [name]: e.currentTarget.value })}>
    {options.map(([value, text]) => <option value={value}>{text}</option>)}
  </select></label>
  const columns = result.columns.map((c): [string, string] => [c.name, c.name])
  const numbers = columns.filter((_, i) => isNumberType(result.columns[i]!.type))
  return <div class="quick">
    <div class="quick-choice">
      {pick('type', 'Type', Object.entries(kinds))}
      {choice.type !== 'table' && choice.type !== 'number' && pick('x', 'Along', columns)}
      {choice.type !== 'table' && pick('measure', 'Measure', numbers)}
      {drawn(choice.type) && choice.type !== 'map' && choice.type !== 'donut' && choice.type !== 'funnel' && pick('series', 'Series', [['', 'none'], ...columns])}
    </div>
    <div class="quick-drawn">
      {choice.type === 'table' || !choice.measure ? <div class="scroll"><DataTable caption="Result" columns={data.columns} rows={data.rows} limit={50} /></div>
        : choice.type === 'number' ? <Figure chart={chart} data={data} />
        : <Chart chart={chart} data={data} />}
    </div>
    {result.rows.length > mostDrawn && <p class="soft small">Drawn from the first {formatCount(mostDrawn)} rows.</p>}
    <div class="row">
      <label class="quick-title">Title <input class="field" value={title} placeholder="Result" onInput={(e) => onTitle(e.currentTarget.value)} /></label>
      <Copy text={() => tile(chart, sql)} what="as dashboard tile" />
      <span class="soft small">Paste it below <code>charts:</code> of a file in <code>dashboards/</code>.</span>
    </div>
  </div>
}
