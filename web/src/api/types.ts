// The shapes of docs/api.md.

export type Role = 'viewer' | 'operator' | ''
export interface Me { user: string; role: Role; open: boolean; pipeline: string; version: string }
export interface Problem { code: string; message: string; hint?: string }
export interface Column { name: string; type: string }
export type Cell = string | null
export interface Result { columns: Column[]; rows: Cell[][] }

export interface DashboardName { name: string; title: string; description: string; error?: Problem }
export type ChartType = 'number' | 'line' | 'area' | 'bar' | 'stacked' | 'donut' | 'funnel' | 'table' | 'map'
export interface ValueFormat { style?: 'number' | 'currency' | 'percent'; currency?: string; decimals?: number }
export interface ChartDefinition {
  id: string; title: string; description: string; type: ChartType; width: number; height: number
  format: ValueFormat; filter: string; time: boolean; sql: string
}
export interface Filter { name: string; label: string }
export interface Dashboard {
  name: string; title: string; description: string; range: string; refresh: string; filters: Filter[]; charts: ChartDefinition[]
}
export type Bucket = '' | 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month'
export interface ChartData extends Partial<Result> {
  id: string; previous?: Result; bucket: Bucket; from: string | null; to: string | null
  complete_to: string; quarantined: number; took_ms: number; truncated: boolean; error?: Problem
}
export interface Freshness { complete_to: string; quarantined: number; ready: boolean; problems: number }

export interface Ledger { accepted: number; loaded: number; quarantined: number; dropped: number; in_flight: number }
export type StepName = 'source' | 'stream' | 'delivery' | 'lake' | 'warehouse'
export interface Step {
  name: StepName; state: 'ok' | 'warn' | 'fail'; events_per_second: number; lag_events: number; lag_seconds: number
  events: number; errors: number; paused: boolean; problem: string; detail: string
}
export interface ContractLedger extends Ledger { contract: string; balanced: boolean }
export interface Alarm { name: string; state: 'ok' | 'firing'; since?: string | null; message: string; value: number; limit: number; unit: string; step: string }
export interface AlarmChange { at: string; name: string; state: 'ok' | 'firing'; message: string }
export interface ShardProgress { shard: number; accepted: number; committed: number; loaded: number }
export interface Monitor {
  at: string; pipeline: string; stream: string; ready: boolean; balanced: boolean; complete_to: string
  steps: Step[]; history: { seconds: number; at: string; steps: Record<StepName, number[]> }
  ledger: Ledger; contracts: ContractLedger[]; unclassified: Ledger & { balanced: boolean }
  shards: ShardProgress[]; disk: { free_bytes: number; reserve_bytes: number }
  alarms: Alarm[]; recent: AlarmChange[]; problems: string[]
}

export interface TraceStep {
  name: 'accepted' | 'delivered' | 'quarantined' | 'redriven' | 'loaded' | 'dropped'
  /** missing where nobody wrote the time down */
  at?: string | null; detail?: string
}
export interface Found {
  by: 'key' | 'sequence' | 'text'; stream: string; shard: string; sequence?: string; position: number
  state: 'loaded' | 'quarantined' | 'dropped' | 'in_flight'; steps: TraceStep[]
  contract?: string; table?: string; file?: string; row?: Record<string, Cell> | null; reason?: string; field?: string; detail?: string
  contract_version?: string; raw?: string; raw_base64?: string; truncated?: boolean
}
export interface Trace { key: string; found: Found[]; searched: string; complete: boolean }

export interface QuarantineGroup {
  reason: string; contract: string; field: string; count: number; first: string; last: string
  history: { at: string; count: number }[]; suggestion?: { text: string; file?: string; yaml?: string }
}
export interface Quarantine { groups: QuarantineGroup[]; total: number }
export interface QuarantinedEvent {
  shard: string; sequence: string; arrived_at: string; reason: string; contract: string; field: string; detail: string
  raw?: string; raw_base64?: string; mark?: { from: number; to: number }
}
export interface RedriveReport { dry_run: boolean; examined: number; passed: Record<string, number>; dropped: number; failed: Record<string, number>; stay?: { reason: string; contract: string; field: string; count: number }[] }
export interface TailEvent { shard: string; sequence: string; arrived_at: string; partition_key: string; raw: string; raw_base64?: string; truncated: boolean }
export interface TailSkipped { count: number }
export interface Table { name: string; description: string; columns: { name: string; type: string; description: string }[] }
