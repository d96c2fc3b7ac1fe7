import { useEffect, useState } from 'preact/hooks'
import { ApiError, get } from '../../api/client'
import type { Filter } from '../../api/types'
import { empty, formatCount } from '../../parts/format'
import { focusFirst } from '../../parts/focus'
import { Icon } from '../../parts/icon'
import { ErrorNotice, Skeleton } from '../../parts/notice'
import { Popover } from '../../parts/popover'

/** mostShown is how many values are listed at once; the search finds the others. */
const mostShown = 100

interface Props { dashboard: string; filter: Filter; chosen: string[]; onToggle: (value: string) => void }

/** FilterPicker chooses values of one filter; several mean any of them. */
export function FilterPicker({ dashboard, filter, chosen, onToggle }: Props) {
  const count = chosen.length
  return <Popover class={count ? 'chosen' : ''} label={<>{filter.label}{count > 0 && <span class="badge">{count}</span>} <Icon name="down" /></>}>
    {() => <Values url={`/api/v1/dashboards/${encodeURIComponent(dashboard)}/filters/${encodeURIComponent(filter.name)}`} filter={filter} chosen={chosen} onToggle={onToggle} />}
  </Popover>
}

function Values({ url, filter, chosen, onToggle }: { url: string } & Omit<Props, 'dashboard'>) {
  const [values, setValues] = useState<string[] | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const [search, setSearch] = useState('')
  // The chosen ones stand first, but stay where they are while they are clicked.
  const [first] = useState(chosen)
  const load = () => {
    setError(null)
    get<{ values: string[] }>(url).then((answer) => setValues(answer.values ?? []), setError)
  }
  useEffect(load, [url])
  if (error) return <ErrorNotice error={error} retry={load} />
  if (!values) return <Skeleton lines={4} label="Loading the values" />
  const wanted = search.trim().toLocaleLowerCase()
  const all = [...new Set([...first, ...values])].filter((value) => value.toLocaleLowerCase().includes(wanted))
  return <div class="filter-panel">
    <input class="field" type="search" placeholder={`Search ${filter.label.toLocaleLowerCase()}`} aria-label={`Search ${filter.label}`} value={search} ref={focusFirst}
      onInput={(event) => setSearch(event.currentTarget.value)} />
    <fieldset class="filter-values">
      <legend class="hidden">{filter.label}</legend>
      {all.slice(0, mostShown).map((value) => <label class="menu-item" key={value}>
        <input type="checkbox" checked={chosen.includes(value)} onChange={() => onToggle(value)} /> <span class="filter-value">{value.trim() === '' ? empty : value}</span>
      </label>)}
      {all.length === 0 && <p class="soft small">No value has this in it.</p>}
      {all.length > mostShown && <p class="soft small">{formatCount(all.length - mostShown)} more: search to find them.</p>}
    </fieldset>
  </div>
}
