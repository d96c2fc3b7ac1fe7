import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import './card.css'

interface Props { title?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren; class?: string }

/** Card is a titled box; what belongs to all of it, such as a menu, is in its actions. */
export function Card({ title, actions, children, class: extra = '' }: Props) {
  const id = useId()
  return <section class={`card ${extra}`} aria-labelledby={title ? id : undefined}>
    {(title || actions) && <header class="card-head">
      {title && <h2 id={id} class="card-title">{title}</h2>}
      {actions && <div class="card-actions">{actions}</div>}
    </header>}
    {children}
  </section>
}
