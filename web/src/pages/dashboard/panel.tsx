import { useRef } from 'preact/hooks'
import type { Cell, ChartDefinition, Dashboard } from '../../api/types'
import { setQuery } from '../../app/router'
import { Chart } from '../../charts/chart'
import type { EChartsType } from '../../charts/echarts'
import { drawn } from '../../charts/kinds'
import { DataTable } from '../../parts/data-table'
import { empty, formatCell } from '../../parts/format'
import { Card } from '../../parts/card'
import { Empty, ErrorNotice, Skeleton } from '../../parts/notice'
import type { Feed, Shown } from './feed'
import { Figure } from './figure'
import { PanelMenu } from './menu'
import { Completeness } from './state'
import type { View } from './view'

interface Props {
  board: Dashboard; chart: ChartDefinition; feed: Feed; view: View; state: string
  onFilter: (name: string, values: string[]) => void
  onTable: () => void
}

/** Panel is one chart of a dashboard with all that belongs to it. */
export function Panel({ board, chart, feed, view, state, onFilter, onTable }: Props) {
  const shown = feed.chart(chart.id).value
  const canvas = useRef<EChartsType | null>(null)
  const asTable = chart.type === 'table' || view.tables.includes(chart.id)
  const old = !!shown.data && (shown.waiting || !!shown.error || feed.connection.value === 'lost')
  const size = `w${clamp(chart.width, 4)} h${clamp(chart.height, 3)}`
  return <Card class={`panel ${size} is-${chart.type}`} title={<>{chart.title}{chart.description && !view.wall && <span class="panel-about small" title={chart.description}>{chart.description}</span>}</>}
    actions={view.wall ? undefined : <PanelMenu board={board} chart={chart} state={state} asTable={asTable} onTable={onTable} canvas={() => canvas.current} />}>
    {shown.error && shown.data && <ErrorNotice error={shown.error} />}
    <div class={`panel-body ${old ? 'old' : ''}`} aria-busy={shown.waiting}>
      <Body chart={chart} shown={shown} asTable={asTable} view={view} onFilter={onFilter} onReady={(ready) => (canvas.current = ready)} />
    </div>
    <Completeness feed={feed} shown={shown} live={board.refresh === 'live'} />
  </Card>
}

const clamp = (value: number, most: number) => Math.max(1, Math.min(most, Math.round(value) || 1))

interface BodyProps { chart: ChartDefinition; shown: Shown; asTable: boolean; view: View; onFilter: Props['onFilter']; onReady: (chart: EChartsType | null) => void }

function Body({ chart, shown, asTable, view, onFilter, onReady }: BodyProps) {
  const { data, error } = shown
  if (!data) return error ? <ErrorNotice error={error} /> : <Skeleton lines={chart.type === 'number' ? 2 : 5} label={`Loading ${chart.title}`} />
  if (data.rows.length === 0) return <Nothing view={view} />
  const pick = chart.filter ? (keys: string[]) => keys.length && onFilter(chart.filter, keys) : undefined
  if (asTable) return <div class="panel-table" tabIndex={0} role="region" aria-label={`${chart.title}, table`}><Rows chart={chart} shown={data} view={view} onPick={pick} /></div>
  if (!drawn(chart.type)) return <Figure chart={chart} data={data} />
  return <>
    <Chart chart={chart} data={data} onPick={pick} onReady={onReady} />
    <div class="hidden"><Rows chart={chart} shown={data} view={view} /></div>
  </>
}

/** Nothing stands where a chart has no rows, and offers what would bring some. */
function Nothing({ view }: { view: View }) {
  const filters = Object.keys(view.filters)
  if (filters.length) return <Empty title="Nothing with these filters"><button type="button" class="link" onClick={() => setQuery(Object.fromEntries(filters.map((name) => [`f.${name}`, null])), 'push')}>Remove the filters</button></Empty>
  if (view.range === 'all') return <Empty title="Nothing yet">It fills by itself as events arrive.</Empty>
  return <Empty title="Nothing in this time"><button type="button" class="link" onClick={() => setQuery({ range: 'all', from: null, to: null }, 'push')}>Show all time</button></Empty>
}

/** hiddenRows is how many rows a screen reader finds below a picture; all are in the table that the menu shows. */
const hiddenRows = 100

function Rows({ chart, shown, view, onPick }: { chart: ChartDefinition; shown: NonNullable<Shown['data']>; view: View; onPick?: ((keys: string[]) => void) | undefined }) {
  // The values that a filter knows are in the first column, or in the second when the first is a time.
  const filterable = chart.time ? (shown.columns.length > 2 ? 1 : -1) : 0
  const chosen = view.filters[chart.filter] ?? []
  const cell = (text: Cell, _: Cell[], i: number) => (onPick && i === filterable && text !== null
    ? <button type="button" class="cell-pick" aria-pressed={chosen.includes(text)} title="Filter by this" onClick={() => onPick([text])}>{text.trim() === '' ? empty : formatCell(text, shown.columns[i]!)}</button>
    : undefined)
  return <DataTable caption={chart.title} columns={shown.columns} rows={shown.rows} format={chart.format} limit={onPick || chart.type === 'table' ? 1000 : hiddenRows} cell={cell} />
}
