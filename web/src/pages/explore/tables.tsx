import type { Table } from '../../api/types'
import type { ApiError } from '../../api/client'
import { Empty, ErrorNotice, Skeleton } from '../../parts/notice'

interface Props { tables: Table[] | null; error: ApiError | null; retry: () => void; onInsert: (text: string) => void }

/** quoted is a name as SQL takes it. */
export const quoted = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`)

/** Tables lists what can be asked. A click writes the name into the query. */
export function Tables({ tables, error, retry, onInsert }: Props) {
  if (error) return <ErrorNotice error={error} retry={retry} />
  if (!tables) return <Skeleton lines={8} label="Loading the tables" />
  if (!tables.length) return <Empty title="No table yet">Each contract makes one.</Empty>
  return <ul class="tables">
    {tables.map((table, i) => <li><details open={i === 0 || tables.length < 4}>
      <summary><span class="mono">{table.name}</span></summary>
      {table.description && <p class="soft small">{table.description}</p>}
      <button type="button" class="column" onClick={() => onInsert(quoted(table.name))}><span class="mono">{table.name}</span> <span class="column-type soft mono">table</span></button>
      {table.columns.map((column) => <button type="button" class="column" title={column.description || undefined} onClick={() => onInsert(quoted(column.name))}>
        <span class="mono">{column.name}</span> <span class="column-type soft mono">{column.type}</span>
      </button>)}
    </details></li>)}
  </ul>
}
