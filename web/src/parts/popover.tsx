import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import './popover.css'

interface Props {
  /** what the button shows, and what it is called when that is only a sign */
  label: ComponentChildren
  name?: string
  class?: string
  /** on which side of the button the panel lines up */
  align?: 'start' | 'end'
  /** fills the panel while it is open; close returns to the button */
  children: (close: () => void) => ComponentChildren
}

/** Popover is a button that opens a panel. Escape, a click elsewhere and leaving by Tab close it. */
export function Popover({ label, name, class: extra = '', align = 'start', children }: Props) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }

  useEffect(() => {
    if (!open) return
    const outside = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false)
    }
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      close()
    }
    document.addEventListener('pointerdown', outside)
    document.addEventListener('focusin', outside)
    document.addEventListener('keydown', escape)
    return () => {
      document.removeEventListener('pointerdown', outside)
      document.removeEventListener('focusin', outside)
      document.removeEventListener('keydown', escape)
    }
  }, [open])

  return <div class="popover" ref={box}>
    <button type="button" ref={button} class={`button ${extra}`} aria-expanded={open} aria-controls={open ? id : undefined}
      aria-label={name} title={name} onClick={() => setOpen(!open)}>{label}</button>
    {open && <div id={id} class={`popover-panel ${align}`}>{children(close)}</div>}
  </div>
}
