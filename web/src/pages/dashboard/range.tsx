import { useState } from 'preact/hooks'
import { setQuery } from '../../app/router'
import { Icon } from '../../parts/icon'
import { Popover } from '../../parts/popover'
import { localInput, rangeLabel, ranges, type View } from './view'

/** RangePicker chooses the stretch of time, by name or from one moment to another in the reader's time zone. */
export function RangePicker({ view }: { view: View }) {
  return <Popover label={<><Icon name="clock" /> {rangeLabel(view)} <Icon name="down" /></>}>
    {(close) => <div class="range-panel">
      <div class="menu">
        {ranges.map(([name, label]) => <button type="button" class="menu-item" aria-pressed={view.range === name} onClick={() => {
          setQuery({ range: name, from: null, to: null }, 'push')
          close()
        }}>{label}</button>)}
      </div>
      <OwnRange view={view} close={close} />
    </div>}
  </Popover>
}

function OwnRange({ view, close }: { view: View; close: () => void }) {
  const [from, setFrom] = useState(localInput(view.from ? Date.parse(view.from) : Date.now() - 86_400_000))
  const [to, setTo] = useState(localInput(view.to ? Date.parse(view.to) : Date.now()))
  const wrong = !from || !to ? 'Both moments are needed.' : new Date(from) >= new Date(to) ? 'The first moment must be before the last.' : ''
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return <form class="range-own" onSubmit={(event) => {
    event.preventDefault()
    if (wrong) return
    setQuery({ range: null, from: new Date(from).toISOString(), to: new Date(to).toISOString() }, 'push')
    close()
  }}>
    <label>From <input class="field" type="datetime-local" value={from} max={to} onInput={(e) => setFrom(e.currentTarget.value)} /></label>
    <label>To <input class="field" type="datetime-local" value={to} min={from} onInput={(e) => setTo(e.currentTarget.value)} /></label>
    <p class="soft small" role="status">{wrong || `Times of ${zone}`}</p>
    <button class="button primary" disabled={!!wrong}>Show</button>
  </form>
}
