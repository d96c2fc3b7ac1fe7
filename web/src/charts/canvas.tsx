import type { EChartsCoreOption } from 'echarts/core'
import { useEffect, useRef, useState } from 'preact/hooks'
import './canvas.css'
import { init, type EChartsType } from './echarts'

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

/** Canvas shows one ECharts chart, as large as its box. */
export function Canvas({ option, label, onPick, onReady }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType | null>(null)
  const pick = useRef(onPick)
  pick.current = onPick
  const [size, setSize] = useState<Size | null>(null)

  useEffect(() => {
    const made = init(box.current!, null, { renderer: 'canvas' })
    chart.current = made
    made.on('click', (event) => {
      const { name = '', seriesName = '', dataIndex = -1 } = event as Partial<Pick>
      pick.current?.({ name, seriesName, dataIndex })
    })
    onReady?.(made)
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect
      if (width < 1 || height < 1) return
      made.resize({ width, height })
      setSize({ width: Math.round(width), height: Math.round(height) })
    })
    observer.observe(box.current!)
    return () => {
      observer.disconnect()
      onReady?.(null)
      made.dispose()
      chart.current = null
    }
  }, [])
  useEffect(() => {
    if (size) chart.current?.setOption({ aria: { enabled: true, label: { description: label } }, ...option(size) }, { replaceMerge: ['series', 'xAxis', 'yAxis', 'legend'] })
  }, [option, size, label])

  return <div class={`chart-canvas ${onPick ? 'pickable' : ''}`} role="img" aria-label={label} ref={box} />
}
