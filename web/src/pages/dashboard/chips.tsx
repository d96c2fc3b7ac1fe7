import type { Dashboard } from '../../api/types'
import { setQuery } from '../../app/router'
import { Icon } from '../../parts/icon'
import { rangeLabel, type View } from './view'

interface Props { board: Dashboard; view: View; onFilter: (name: string, values: string[]) => void }

/** Chips are the filters that are on, each with a way off. */
export function Chips({ board, view, onFilter }: Props) {
  const chosen = board.filters.flatMap((f) => (view.filters[f.name] ?? []).map((value) => ({ ...f, value })))
  if (view.wall) return <p class="board-chips soft">{[rangeLabel(view), ...chosen.map((c) => `${c.label}: ${c.value}`)].join(' · ')}</p>
  if (!chosen.length) return null
  const clear = () => setQuery(Object.fromEntries(board.filters.map((f) => [`f.${f.name}`, null])), 'push')
  return <ul class="board-chips" aria-label="Filters that are on">
    {chosen.map(({ name, label, value }) => <li>
      <button type="button" class="chip" onClick={() => onFilter(name, [value])}>
        <span class="soft">{label}:</span> {value} <Icon name="close" /><span class="hidden">, remove</span>
      </button>
    </li>)}
    {chosen.length > 1 && <li><button type="button" class="button quiet" onClick={clear}>Remove all</button></li>}
  </ul>
}
