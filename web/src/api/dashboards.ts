import { get } from './client'
import { takeFirst } from './first'
import type { ChartData, ChartDefinition, Dashboard, DashboardName } from './types'

// The server leaves out what is empty. Here it is put back, so that nobody after has to ask.

export const dashboards = async () => (await get<DashboardName[] | null>('/api/v1/dashboards')) ?? []

export const dashboard = async (name: string) => whole(await get<Dashboard>(`/api/v1/dashboards/${encodeURIComponent(name)}`))

function whole(answer: Dashboard): Dashboard {
  const charts = (answer.charts ?? []).map((chart) => ({ ...chart, description: chart.description ?? '', filter: chart.filter ?? '', format: chart.format ?? {} }) satisfies ChartDefinition)
  return { ...answer, description: answer.description ?? '', filters: answer.filters ?? [], charts }
}

/** firstDashboards are those that came with the page, with the one that it shows first; once. */
export function firstDashboards(): { names: DashboardName[] | null; board: Dashboard | null } {
  const board = takeFirst('dashboard')
  return { names: takeFirst('dashboards') ?? null, board: board ? whole(board) : null }
}

export const chartData = (answer: ChartData): ChartData => ({
  ...answer, bucket: answer.bucket ?? '', from: answer.from ?? null, to: answer.to ?? null, complete_to: answer.complete_to ?? '', quarantined: answer.quarantined ?? 0,
})
