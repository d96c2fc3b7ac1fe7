import { signal, type Signal } from '@preact/signals'
import { chartData } from '../../api/dashboards'
import { live, type Connection, type Live } from '../../api/live'
import type { ChartData, Freshness, Problem, Result } from '../../api/types'
import { parseTime } from '../../parts/format'

/** Shown is what a chart has to show: the newest rows there were, and what is wrong with getting newer ones. */
export interface Shown {
  data: (ChartData & Result) | null
  error: Problem | null
  /** the reader chose something else and its rows are not here yet */
  waiting: boolean
}

/** settle is how long after a freshness event every chart it changed has arrived, in milliseconds (a chart is promised within 2 s). */
const settle = 3000

/** Feed holds the charts of one dashboard, over the one live connection that a page has. */
export class Feed {
  readonly freshness = signal<Freshness | null>(null)
  readonly connection = signal<Connection>('connecting')
  /** up to where a chart that did not change is complete too */
  readonly settled = signal('')
  private readonly charts = new Map<string, Signal<Shown>>()
  private connected: Live | null = null
  private heard: { at: number; complete: string }[] = []
  private forget = () => {}

  chart(id: string): Signal<Shown> {
    let shown = this.charts.get(id)
    if (!shown) this.charts.set(id, (shown = signal<Shown>({ data: null, error: null, waiting: true })))
    return shown
  }

  /** open listens to a dashboard in a state. What is shown stays until the first rows of the new state come. */
  open(dashboard: string, state: string) {
    this.close()
    for (const shown of this.charts.values()) shown.value = { ...shown.value, waiting: true, error: null }
    this.heard = []
    this.settled.value = ''
    const connected = live(`/api/v1/dashboards/${encodeURIComponent(dashboard)}/live?${state}`, {
      chart: (data) => this.receive(chartData(data as ChartData)),
      freshness: (data) => this.hear(data as Freshness),
    })
    this.connected = connected
    this.forget = connected.state.subscribe((value) => (this.connection.value = value))
  }

  close() {
    this.forget()
    this.connected?.close()
    this.connected = null
  }

  private receive(data: ChartData) {
    const shown = this.chart(data.id)
    const { columns, rows } = data
    if (data.error || !columns || !rows) shown.value = { data: shown.value.data, error: data.error ?? null, waiting: false }
    else shown.value = { data: { ...data, columns, rows }, error: null, waiting: false }
  }

  private hear(freshness: Freshness) {
    this.freshness.value = freshness
    const at = Date.now()
    this.heard.push({ at, complete: freshness.complete_to })
    while (this.heard.length > 1 && this.heard[1]!.at <= at - settle) this.heard.shift()
    if (this.heard[0]!.at <= at - settle) this.settled.value = this.heard[0]!.complete
  }
}

/** later is the later of two times. */
export const later = (a: string, b: string) => ((parseTime(b) ?? 0) > (parseTime(a) ?? 0) ? b : a)
