import { Badge } from '../../parts/badge'

export type State = 'ok' | 'warn' | 'fail'

const icons: Record<State, string> = { ok: '✓', warn: '▲', fail: '✕' }
const words: Record<State, string> = { ok: 'OK', warn: 'Warning', fail: 'Failing' }

/** StateBadge says how something does by colour, sign and word, so that none of them is needed alone. */
export function StateBadge({ state, children }: { state: State; children?: string }) {
  return <Badge tone={state}><span aria-hidden="true">{icons[state]}</span>{children ?? words[state]}</Badge>
}
