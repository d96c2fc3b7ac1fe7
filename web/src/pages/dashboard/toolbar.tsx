import type { Dashboard } from '../../api/types'
import { setQuery } from '../../app/router'
import { Copy } from '../../parts/copy'
import { Icon } from '../../parts/icon'
import { FilterPicker } from './filter'
import { RangePicker } from './range'
import type { View } from './view'

interface Props { board: Dashboard; view: View; onFilter: (name: string, values: string[]) => void }

/** Toolbar is what a reader chooses for the whole dashboard. */
export function Toolbar({ board, view, onFilter }: Props) {
  const all = view.range === 'all'
  if (view.wall) return <div class="board-tools"><button type="button" class="button quiet wall-leave" onClick={leaveWall}>Leave full screen</button></div>
  return <div class="board-tools" role="group" aria-label="What the charts show">
    <RangePicker view={view} />
    <button type="button" class="button" aria-pressed={view.compare} disabled={all} title={all ? 'All time has no period before' : undefined}
      onClick={() => setQuery({ compare: view.compare ? null : '1' })}>Compare</button>
    {board.filters.map((filter) => <FilterPicker key={filter.name} dashboard={board.name} filter={filter} chosen={view.filters[filter.name] ?? []} onToggle={(value) => onFilter(filter.name, [value])} />)}
    <span class="board-tools-end">
      <Copy text={() => window.location.href} what="link" />
      <button type="button" class="button quiet small enter-wall" onClick={enterWall}><Icon name="screen" /> Full screen</button>
    </span>
  </div>
}

function enterWall() {
  setQuery({ wall: '1' }, 'push')
  // Not every browser has it (iPhones), and a link opened on a wall screen is full screen without it.
  void document.documentElement.requestFullscreen?.().catch(() => undefined)
}

export function leaveWall() {
  setQuery({ wall: null }, 'push')
  if (document.fullscreenElement) void document.exitFullscreen()
}
