import { useCallback } from 'preact/hooks'
import type { QuarantineGroup } from '../../api/types'
import { Canvas } from '../../charts/canvas'
import { look } from '../../charts/look'

/** Bars shows how many events entered a group over time, oldest first, without axes. With an empty label it is decoration for what the text beside it says. */
export function Bars({ history, label }: { history: QuarantineGroup['history']; label: string }) {
  const { colors, dark } = look()
  const counts = JSON.stringify(history.map((h) => h.count))
  const option = useCallback(() => {
    const data = (JSON.parse(counts) as number[]).map((n) => n || null)
    return {
      animation: false,
      aria: { enabled: false },
      grid: { left: 0, right: 0, top: 2, bottom: 1 },
      xAxis: { type: 'category', show: false, data: data.map((_, i) => i) },
      yAxis: { type: 'value', show: false, min: 0 },
      series: [{ type: 'bar', data, silent: true, barCategoryGap: '25%', barMaxWidth: 16, barMinHeight: 2, itemStyle: { color: colors.fail, borderRadius: 1 } }],
    }
  }, [counts, colors, dark])
  if (history.length < 2) return null
  return <span class="quarantine-bars" aria-hidden={label === '' ? 'true' : undefined}><Canvas option={option} label={label} /></span>
}
