import { get } from './client'
import type { ChartData, ChartDefinition, Dashboard, DashboardName } from './types'

// The server leaves out what is empty. Here it is put back, so that nobody after has to ask.

export const dashboards = async () => (await get<DashboardName[] | null>('/api/v1/dashboards')) ?? []

export async function dashboard(name: string): Promise<Dashboard> {
  const answer = await get<Dashboard>(`/api/v1/dashboards/${encodeURIComponent(name)}`)
  const charts = (answer.charts ?? []).map((chart) => ({ ...chart, description: chart.description ?? '', filter: chart.filter ?? '', format: chart.format ?? {} }) satisfies ChartDefinition)
  return { ...answer, description: answer.description ?? '', filters: answer.filters ?? [], charts }
}

export const chartData = (answer: ChartData): ChartData => ({
  ...answer, bucket: answer.bucket ?? '', from: answer.from ?? null, to: answer.to ?? null, complete_to: answer.complete_to ?? '', quarantined: answer.quarantined ?? 0,
})
