import type { Dashboard } from '../../api/types'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { setQuery } from '../../app/router'
import { empty } from '../../parts/format'
import { Icon } from '../../parts/icon'
import { beforeLabel, rangeLabel, type View } from './view'

const nameOf = (value: string) => (value.trim() === '' ? empty : value)

interface Props { board: Dashboard; view: View; onFilter: (name: string, values: string[]) => void }

/** Chips are the filters that are on, each with a way off. Who takes one off by the keyboard finds the focus at the next, or at the board when it was the last. */
export function Chips({ board, view, onFilter }: Props) {
  const chosen = board.filters.flatMap((f) => (view.filters[f.name] ?? []).map((value) => ({ ...f, value })))
  const list = useRef<HTMLUListElement>(null)
  const removed = useRef(-1)
  useLayoutEffect(() => {
    if (removed.current < 0) return
    const left = [...(list.current?.querySelectorAll('button') ?? [])]
    const next = left[Math.min(removed.current, left.length - 1)] ?? document.querySelector<HTMLElement>('.board')
    next?.focus()
    removed.current = -1
  })
  if (view.wall) return <p class="board-chips soft">{[rangeLabel(view), ...(view.compare ? [`compared with ${beforeLabel(view)}`] : []), ...chosen.map((c) => `${c.label}: ${nameOf(c.value)}`)].join(' · ')}</p>
  const clear = () => {
    removed.current = 0
    setQuery(Object.fromEntries(board.filters.map((f) => [`f.${f.name}`, null])), 'push')
  }
  return <>
    {view.compare && <p class="soft small">Compared with {beforeLabel(view)}, which is dashed where lines are, and grey where bars are.</p>}
    {chosen.length > 0 && <ul class="board-chips" aria-label="Filters that are on" ref={list}>
      {chosen.map(({ name, label, value }, i) => <li key={`${name} ${value}`}>
      <button type="button" class="chip" onClick={() => {
        removed.current = i
        onFilter(name, [value])
      }}>
        <span class="soft">{label}:</span> <bdi>{nameOf(value)}</bdi> <Icon name="close" /><span class="hidden">, remove</span>
      </button>
    </li>)}
      {chosen.length > 1 && <li><button type="button" class="button quiet" onClick={clear}>Remove all</button></li>}
    </ul>}
  </>
}
