import type { ComponentChildren } from 'preact'
import type { Cell, Column, ValueFormat } from '../api/types'
import { formatCell, formatCount, isNumberType, isTimeType } from './format'
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

/** DataTable shows a result. All cells are texts, so a value that is HTML shows as what it is. */
export function DataTable({ caption, captioned, columns, rows, format, limit = 1000, exact, cell }: Props) {
  const times = columns.map((c) => isTimeType(c.type))
  const ends = columns.map((c) => isNumberType(c.type))
  const show = (text: Cell, i: number) => (exact ? text : formatCell(text, columns[i]!, format))
  return <>
    <table class="plain data-table">
      <caption class={captioned ? '' : 'hidden'}>{caption}</caption>
      <thead><tr>{columns.map((c, i) => <th scope="col" class={ends[i] ? 'end' : ''} title={c.type}>{c.name}</th>)}</tr></thead>
      <tbody>
        {rows.slice(0, limit).map((row) => <tr>
          {row.map((text, i) => <td class={ends[i] ? 'end numbers' : times[i] ? 'numbers time' : ''}>
            {cell?.(text, row, i) ?? (text === null ? <span class="soft">{exact ? 'NULL' : show(text, i)}</span> : show(text, i))}
          </td>)}
        </tr>)}
      </tbody>
    </table>
    {rows.length > limit && <p class="soft small data-table-more">{formatCount(rows.length - limit)} more rows are not shown.</p>}
  </>
}
