import type { EChartsCoreOption } from 'echarts/core'
import { useEffect, useRef, useState } from 'preact/hooks'
import './canvas.css'
import type { EChartsType } from './echarts'
import { inTurn, library, unavailable, wantLibrary } from './library'

export interface Size { width: number; height: number }

/** Pick is what was clicked. */
export interface Pick { name: string; seriesName: string; dataIndex: number }

interface Props {
  /** makes the chart for the size there is; called again when it changes */
  option: (size: Size) => EChartsCoreOption
  /** what a screen reader says of the picture */
  label: string
  /** a click on a bar, slice or country */
  onPick?: (pick: Pick) => void
  /** gives the chart to who exports it */
  onReady?: (chart: EChartsType | null) => void
}

/** Canvas shows one ECharts chart, as large as its box, which is there before the library is. */
export function Canvas({ option, label, onPick, onReady }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType | null>(null)
  const wanted = useRef({ option, label, onPick })
  wanted.current = { option, label, onPick }
  const [size, setSize] = useState<Size | null>(null)
  const echarts = library.value

  useEffect(wantLibrary, [])
  useEffect(() => {
    if (!echarts) return
    const leave = inTurn(() => {
      const place = box.current
      // What this was to be drawn in may have left the page while it waited.
      if (!place) return
      const made = (chart.current = echarts.init(place, null, { renderer: 'canvas' }))
      made.on('click', (event) => {
        const { name = '', seriesName = '', dataIndex = -1 } = event as Partial<Pick>
        wanted.current.onPick?.({ name, seriesName, dataIndex })
      })
      onReady?.(made)
      resized(place.clientWidth, place.clientHeight)
      observer.observe(place)
    })
    const observer = new ResizeObserver(([entry]) => resized(entry!.contentRect.width, entry!.contentRect.height))
    return () => {
      leave()
      observer.disconnect()
      onReady?.(null)
      chart.current?.dispose()
      chart.current = null
    }
  }, [echarts])

  // What was drawn last, so that a first drawing is not done twice.
  const drawn = useRef<unknown[]>([])
  function draw(at: Size) {
    const { option, label } = wanted.current
    const now = [option, label, at.width, at.height, chart.current]
    if (now.every((part, i) => part === drawn.current[i])) return
    drawn.current = now
    chart.current?.setOption({ aria: { enabled: true, label: { description: label } }, ...option(at) }, { replaceMerge: ['series', 'xAxis', 'yAxis', 'legend'] })
  }
  function resized(width: number, height: number) {
    if (width < 1 || height < 1) return
    const at = { width: Math.round(width), height: Math.round(height) }
    const made = chart.current
    // An observer speaks once at the beginning, and a chart that is told its size again is drawn again.
    if (made && (made.getWidth() !== at.width || made.getHeight() !== at.height)) made.resize(at)
    draw(at)
    setSize((before) => (before?.width === at.width && before.height === at.height ? before : at))
  }
  useEffect(() => {
    if (size) draw(size)
  }, [option, size, label])

  const missing = unavailable.value && !echarts
  return <div class={`chart-canvas ${onPick ? 'pickable' : ''}`} role="img" aria-label={label} aria-busy={!size && !missing ? 'true' : undefined} ref={box}>
    {missing && <p class="chart-missing soft small">The picture could not be loaded. Load the page again.</p>}
  </div>
}
