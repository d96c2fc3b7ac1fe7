// The parts of ECharts that the pages draw with; everything else of it is left out of the build. The map brings its own
// parts when the first one is shown.
import { BarChart, LineChart, PieChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendScrollComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([LineChart, BarChart, PieChart, GridComponent, TooltipComponent, LegendScrollComponent, AriaComponent, CanvasRenderer])

export { init, use }
export type { EChartsType }
