import { useComputed } from '@preact/signals'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { Dashboard } from '../../api/types'
import { query, setQuery } from '../../app/router'
import { Chips } from './chips'
import { Feed } from './feed'
import { useFit } from './fit'
import { Panel } from './panel'
import { State } from './state'
import { leaveWall, Toolbar } from './toolbar'
import { apiState, readView, toggled } from './view'

/** Board is one dashboard, live. */
export function Board({ board }: { board: Dashboard }) {
  const view = useComputed(() => readView(query.value, board))
  const state = useComputed(() => apiState(view.value))
  const feed = useMemo(() => new Feed(), [board])
  // The charts are asked for before the browser paints their boxes.
  useLayoutEffect(() => {
    feed.open(board.name, state.value)
    return () => feed.close()
  }, [feed, board.name, state.value])

  const grid = useRef<HTMLDivElement>(null)
  useFit(grid, view.value.wall)
  const whole = useRef<HTMLDivElement>(null)
  useWall(whole, view.value.wall)

  const filter = (name: string, values: string[]) => setQuery({ [`f.${name}`]: toggled(view.value.filters[name] ?? [], values) }, 'push')
  const asTable = (id: string) => setQuery({ table: toggled(view.value.tables, [id]) })
  return <div class={`board ${view.value.wall ? 'wall' : ''}`} ref={whole} tabIndex={-1}>
    <header class="board-head">
      <div class="board-title">
        <h1>{board.title}</h1>
        {board.description && !view.value.wall && <p class="soft">{board.description}</p>}
      </div>
      <State feed={feed} refresh={board.refresh} />
      <Toolbar board={board} view={view.value} onFilter={filter} />
    </header>
    <Chips board={board} view={view.value} onFilter={filter} />
    <div class="board-grid" ref={grid}>
      {board.charts.map((chart) => <Panel key={chart.id} board={board} chart={chart} feed={feed} view={view.value} state={state.value}
        onFilter={filter} onTable={() => asTable(chart.id)} />)}
    </div>
  </div>
}

/** useWall lets Escape end the full screen, whether the browser's or the page's alone, and keeps the focus with what is shown. */
function useWall(board: { current: HTMLElement | null }, wall: boolean) {
  const before = useRef(wall)
  useEffect(() => {
    if (before.current !== wall) (wall ? board.current : board.current?.querySelector<HTMLElement>('.enter-wall'))?.focus()
    before.current = wall
    if (!wall) return
    const escape = (event: KeyboardEvent) => event.key === 'Escape' && leaveWall()
    const changed = () => !document.fullscreenElement && leaveWall()
    document.addEventListener('keydown', escape)
    document.addEventListener('fullscreenchange', changed)
    return () => {
      document.removeEventListener('keydown', escape)
      document.removeEventListener('fullscreenchange', changed)
    }
  }, [wall])
}
