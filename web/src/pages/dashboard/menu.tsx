import { useState } from 'preact/hooks'
import type { ChartDefinition, Dashboard } from '../../api/types'
import { session } from '../../app/session'
import type { EChartsType } from '../../charts/echarts'
import { drawn } from '../../charts/kinds'
import { look } from '../../charts/look'
import { Copy } from '../../parts/copy'
import { Dialog } from '../../parts/dialog'
import { download } from '../../parts/download'
import { Icon } from '../../parts/icon'
import { Popover } from '../../parts/popover'
import { plainSQL } from '../explore/tile'

interface Props { board: Dashboard; chart: ChartDefinition; state: string; asTable: boolean; onTable: () => void; canvas: () => EChartsType | null }

/** PanelMenu is what can be done with one chart. */
export function PanelMenu({ board, chart, state, asTable, onTable, canvas }: Props) {
  const [sql, setSQL] = useState(false)
  const plain = plainSQL(chart.sql)
  const csv = `/api/v1/dashboards/${encodeURIComponent(board.name)}/charts/${encodeURIComponent(chart.id)}.csv?${state}`
  return <>
    <Popover class="quiet panel-menu" align="end" name={`${chart.title}: more`} label={<Icon name="more" />}>
      {(close) => {
        const then = (act: () => void) => () => {
          close()
          act()
        }
        return <div class="menu">
          {drawn(chart.type) && <button type="button" class="menu-item" onClick={then(onTable)}>{asTable ? 'Show as chart' : 'Show as table'}</button>}
          <a class="menu-item" href={csv} download={`${board.name}-${chart.id}.csv`} onClick={() => window.setTimeout(close)}>Download CSV</a>
          {drawn(chart.type) && !asTable && <button type="button" class="menu-item" onClick={then(() => void picture(canvas(), chart.title, `${board.name}-${chart.id}.png`))}>Download PNG</button>}
          {session.value?.role === 'operator' && <button type="button" class="menu-item" onClick={then(() => setSQL(true))}>Show SQL</button>}
        </div>
      }}
    </Popover>
    {sql && <Dialog title={`${chart.title}: SQL`} onClose={() => setSQL(false)}>
      <pre tabIndex={0}>{chart.sql}</pre>
      <div class="row"><Copy text={chart.sql} what="SQL" />{plain && <a class="button quiet small" href={`/explore?${new URLSearchParams({ sql: plain })}`}>Open in Explore</a>}</div>
    </Dialog>}
  </>
}

/** picture saves a chart at twice its size, with its title above. */
async function picture(chart: EChartsType | null, title: string, name: string) {
  if (!chart) return
  const { colors, font } = look()
  const drawing = chart.renderToCanvas({ pixelRatio: 2, backgroundColor: colors.surface })
  const all = document.createElement('canvas')
  const head = 72
  all.width = drawing.width + 48
  all.height = drawing.height + head + 24
  const pen = all.getContext('2d')
  if (!pen) return
  pen.fillStyle = colors.surface
  pen.fillRect(0, 0, all.width, all.height)
  pen.fillStyle = colors.text
  pen.font = `600 30px ${font}`
  pen.fillText(title, 24, 48, all.width - 48)
  pen.drawImage(drawing, 24, head)
  const blob = await new Promise<Blob | null>((resolve) => all.toBlob(resolve, 'image/png'))
  if (blob) download(name, blob)
}
