import type { ChartDefinition, ChartType, Result } from '../../api/types'

/** Choice is how a result is to be drawn: which column is along the axis, which gives the series, which are measured. */
export interface Choice { type: ChartType; x: string; series: string; measure: string }

/** arranged puts the chosen columns in the order charts expect: the place, the series, the measure. */
export function arranged(result: Result, choice: Choice): Result {
  const wanted = [choice.type === 'number' ? '' : choice.x, choice.series, choice.measure].filter((name) => name !== '')
  if (choice.type === 'table' || !choice.measure) return result
  const places = wanted.map((name) => result.columns.findIndex((c) => c.name === name)).filter((i) => i >= 0)
  return { columns: places.map((i) => result.columns[i]!), rows: result.rows.map((row) => places.map((i) => row[i] ?? null)) }
}

/** scalar writes a text as a YAML scalar that no parser takes for anything else. */
const scalar = (text: string) => (/^[A-Za-z][\w ,.()%-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(text) ? text : JSON.stringify(text))

/** tile writes a chart as a dashboard file has it, below `charts:` (docs/dashboards.md). */
export function tile(chart: Pick<ChartDefinition, 'title' | 'type' | 'width' | 'format'>, sql: string): string {
  const { style, currency, decimals } = chart.format
  const format = [style && `style: ${style}`, currency && `currency: ${currency}`, decimals !== undefined && `decimals: ${decimals}`].filter(Boolean).join(', ')
  const lines = sql.replaceAll('\r\n', '\n').replaceAll('\t', '  ').trimEnd().replace(/;$/, '').split('\n').map((line) => (line ? `      ${line}` : ''))
  return [
    `  - title: ${scalar(chart.title || 'Untitled')}`,
    `    type: ${chart.type}`,
    `    width: ${chart.width}`,
    ...(format ? [`    format: {${format}}`] : []),
    '    # {{period}} and {{filters}} in its where clause let the dashboard\'s range and filters apply.',
    // A first line that begins with a space would be taken for deeper indentation; the indicator says how deep it is.
    `    sql: |${/^\s/.test(sql) ? '2' : ''}`, ...lines, '',
  ].join('\n')
}

/** plainSQL is a dashboard's query as the warehouse takes it, for all time and without filters; null when it needs to know more. */
export function plainSQL(sql: string): string | null {
  const plain = sql.replace(/\{\{\s*(period|filters)\s*(:[^{}]*)?\}\}/g, 'true').replace(/\{\{\s*bucket\s*:\s*([\w.]+)\s*\}\}/g, "date_trunc('day', $1)")
    .replace(/\{\{\s*from\s*\}\}/g, "timestamp '1900-01-01'").replace(/\{\{\s*to\s*\}\}/g, "timestamp '9999-12-31'")
  return plain.includes('{{') ? null : plain
}
