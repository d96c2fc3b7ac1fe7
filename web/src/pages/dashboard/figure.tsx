import type { ChartData, ChartDefinition, Result } from '../../api/types'
import { readModel, sumTexts } from '../../charts/model'
import { formatChange, formatValue } from '../../parts/format'
import { Sparkline } from '../../parts/sparkline'
import { widthOf } from './width'

/** figureOf is the text that a number tile shows: the first measure of its one row, or the sum over a time column's rows. */
export function figureOf(chart: ChartDefinition, { columns, rows }: Result): string | null {
  if (chart.time && columns.length > 1) return sumTexts(rows.map((row) => row[1] ?? null))
  return rows[0]?.[columns.length > 1 && chart.time ? 1 : 0] ?? null
}

/** Figure is one number, large, with its change since the period before; and its way there, if the query has one. */
export function Figure({ chart, data }: { chart: ChartDefinition; data: ChartData & Result }) {
  const text = figureOf(chart, data)
  const past = data.previous ? figureOf(chart, data.previous) : null
  const change = text !== null && past !== null ? formatChange(Number(text), Number(past)) : null
  const way = chart.time && data.rows.length > 2 ? readModel(data, true).series[0]?.values : undefined
  const sign = change === null ? '' : Number(text) > Number(past) ? '▲' : Number(text) < Number(past) ? '▼' : ''
  const shown = formatValue(text, chart.format)
  return <div class="figure">
    <p class="figure-value numbers" style={{ '--figure-width': String(widthOf(shown)) }}>{shown}</p>
    {data.previous && <p class="figure-change numbers">
      {change ? <><span class="figure-by"><span aria-hidden="true">{sign}</span> {change}</span> <span class="soft">from {formatValue(past, chart.format)}</span></>
        : <span class="soft">{past === null ? 'nothing in the period before' : `${formatValue(past, chart.format)} before`}</span>}
    </p>}
    {way && <div class="figure-way"><Sparkline values={way} label={`${chart.title} over time`} /></div>}
  </div>
}
