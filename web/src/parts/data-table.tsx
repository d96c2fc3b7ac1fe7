import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Cell, Column, ValueFormat } from '../api/types'
import { formatCell, formatCount, formatMoment, formatName, isNumberType, isTimeType } from './format'
import './data-table.css'

interface Props {
  /** says to a screen reader what the table is of; shown only with `captioned` */
  caption: string
  captioned?: boolean
  columns: Column[]
  rows: Cell[][]
  format?: ValueFormat
  /** the most rows shown; default 1,000. What is left out is said below. */
  limit?: number
  /** exact shows every cell as the warehouse wrote it */
  exact?: boolean
  /** what a cell shows instead of its text */
  cell?: (text: Cell, row: Cell[], column: number) => ComponentChildren
}

// Below this many pixels times are written short; their title has them whole.
const narrowBelow = 560

// A text of more characters than the first has a title, which shows it where its cell does not; of more than the second only the
// beginning is drawn, since a text in a column may have 16 MiB.
const longText = 40
const mostText = 2000

const upTo = (text: string) => (text.length > mostText ? `${text.slice(0, mostText)}… (${formatCount(text.length - mostText)} more)` : text)

/** DataTable shows a result. All cells are texts, so a value that is HTML shows as what it is. What it lies in scrolls. */
export function DataTable({ caption, captioned, columns, rows, format, limit = 1000, exact, cell }: Props) {
  const times = columns.map((c) => isTimeType(c.type))
  const ends = columns.map((c) => isNumberType(c.type))
  const table = useRef<HTMLTableElement>(null)
  const narrow = useNarrow(table, !exact && times.includes(true))
  const show = (text: Cell, i: number) => (exact ? text : narrow && times[i] ? formatMoment(text, columns[i]!) : formatCell(text, columns[i]!, format))
  const title = (text: Cell, i: number) => {
    if (exact || text === null) return {}
    if (times[i]) return { title: `${formatCell(text, columns[i]!)}\n${text}` }
    return text.length > longText ? { title: text.slice(0, mostText) } : {}
  }
  return <>
    <table ref={table} class="plain data-table">
      <caption class={captioned ? '' : 'hidden'}>{caption}</caption>
      <thead><tr>{columns.map((c, i) => <th scope="col" class={ends[i] ? 'end' : ''} title={exact ? c.type : undefined}>{exact ? c.name : formatName(c.name)}</th>)}</tr></thead>
      <tbody>
        {rows.slice(0, limit).map((row) => <tr>
          {row.map((text, i) => <td class={ends[i] ? 'end numbers' : times[i] ? 'numbers time' : ''} {...title(text, i)}>
            {cell?.(text, row, i) ?? (text === null ? <span class="soft">{exact ? 'NULL' : show(text, i)}</span> : ends[i] || times[i] ? show(text, i)
              : <div class={exact ? 'data-cell' : 'data-cell brief'}>{upTo(text)}</div>)}
          </td>)}
        </tr>)}
      </tbody>
    </table>
    {rows.length > limit && <p class="soft small data-table-more">{formatCount(rows.length - limit)} more rows are not shown.</p>}
  </>
}

/** useNarrow says whether there is little room for a table; it looks only where that matters. */
function useNarrow(table: { current: HTMLTableElement | null }, matters: boolean): boolean {
  const [narrow, setNarrow] = useState(false)
  useLayoutEffect(() => {
    const around = table.current?.parentElement
    if (!matters || !around) return
    // A pixel is for screen readers alone, who have the whole times.
    const look = () => setNarrow(around.clientWidth > 1 && around.clientWidth < narrowBelow)
    const observer = new ResizeObserver(look)
    observer.observe(around)
    look()
    return () => observer.disconnect()
  }, [matters])
  return narrow
}
