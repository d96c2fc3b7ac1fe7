import { signal } from '@preact/signals'

// ECharts is nearly all of what the pages load, and only pictures need it: numbers, tables, filters and the layout stand without
// it. So it runs after the browser has painted those, and then draws one picture at a time, so that a click is never kept
// waiting for a whole dashboard.

export type Library = typeof import('./echarts')

/** library is ECharts, once it runs. */
export const library = signal<Library | null>(null)
/** unavailable says that it could not be had: the pipeline is gone, or has been updated since the page was opened. */
export const unavailable = signal(false)

let wanted = false

/** wantLibrary brings ECharts once what is on the page by now has been painted. */
export function wantLibrary() {
  if (wanted) return
  wanted = true
  painted().then(() => import('./echarts')).then((loaded) => (library.value = loaded), () => (unavailable.value = true))
}

/** painted waits until the browser has painted what has been changed so far. */
export const painted = () => new Promise<void>((done) => requestAnimationFrame(() => window.setTimeout(done)))

const waiting = new Set<() => void>()
let drawing = false

/** inTurn calls draw when those before have drawn, each in a task of its own; what it returns takes it out again. */
export function inTurn(draw: () => void): () => void {
  waiting.add(draw)
  if (!drawing) window.setTimeout(next)
  drawing = true
  return () => void waiting.delete(draw)
}

function next() {
  const [draw] = waiting
  drawing = !!draw
  if (!draw) return
  waiting.delete(draw)
  window.setTimeout(next)
  draw()
}
