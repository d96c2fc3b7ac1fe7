import type { ComponentChildren } from 'preact'

export type Tone = 'plain' | 'ok' | 'warn' | 'fail'

/** Badge is a short state. Its text says all; the tone only underlines it. */
export function Badge({ tone = 'plain', children, title }: { tone?: Tone; children: ComponentChildren; title?: string }) {
  return <span class={`badge ${tone}`} title={title}>{children}</span>
}
