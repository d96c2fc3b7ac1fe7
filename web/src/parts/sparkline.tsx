import { useCallback } from 'preact/hooks'
import { Canvas } from '../charts/canvas'
import { look } from '../charts/look'
import './sparkline.css'

interface Props { values: (number | null)[]; label: string; tone?: 'accent' | 'ok' | 'warn' | 'fail' }

/** Sparkline is a line without axes, oldest value first. Its box sets its size: 100% wide and 40px high unless a style says otherwise. */
export function Sparkline({ values, label, tone = 'accent' }: Props) {
  const { colors, dark } = look()
  const color = colors[tone]
  const option = useCallback(() => ({
    animation: false,
    aria: { enabled: false },
    grid: { left: 1, right: 1, top: 3, bottom: 1 },
    xAxis: { type: 'category', show: false, boundaryGap: false, data: values.map((_, i) => i) },
    yAxis: { type: 'value', show: false, min: (range: { min: number }) => Math.min(0, range.min) },
    series: [{ type: 'line', data: values, symbol: 'none', silent: true, lineStyle: { width: 1.5, color }, areaStyle: { color, opacity: 0.12 } }],
  }), [values, color, dark])
  return <div class="sparkline"><Canvas option={option} label={label} /></div>
}
