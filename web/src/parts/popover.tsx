import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
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

/**
 * Popover is a button that opens a panel. Escape, a click elsewhere and leaving by Tab close it; the arrow down opens it,
 * and the arrows, Home and End go through what is in it.
 */
export function Popover({ label, name, class: extra = '', align = 'start', children }: Props) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const entered = useRef(false)
  const id = useId()
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }

  useLayoutEffect(() => {
    const panel = open ? box.current?.querySelector<HTMLElement>('.popover-panel') : null
    if (!panel) return
    // What it holds may come later, and be wider.
    const observer = new ResizeObserver(() => {
      panel.style.translate = ''
      const { left, right } = panel.getBoundingClientRect()
      // A panel that was too far to the right may have made the page scroll sideways.
      const scrolled = window.scrollX
      panel.style.translate = `${shiftInto({ left: left + scrolled, right: right + scrolled }, document.documentElement.clientWidth)}px`
    })
    observer.observe(panel)
    return () => observer.disconnect()
  }, [open])
  useEffect(() => {
    if (!open) return
    if (entered.current) itemsIn(box.current)[0]?.focus()
    entered.current = false
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

  function enter(event: KeyboardEvent) {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    if (open) return itemsIn(box.current)[0]?.focus()
    entered.current = true
    setOpen(true)
  }
  return <div class="popover" ref={box}>
    <button type="button" ref={button} class={`button ${extra}`} aria-expanded={open} aria-controls={open ? id : undefined}
      aria-label={name} title={name} onClick={() => setOpen(!open)} onKeyDown={enter}>{label}</button>
    {open && <div id={id} class={`popover-panel ${align}`} onKeyDown={step}>{children(close)}</div>}
  </div>
}

// How near to the edge of the window a panel comes, in pixels.
const edge = 8

/** shiftInto is how far a panel moves sideways to be in a window of this width; one that is wider begins at its left. */
export function shiftInto({ left, right }: { left: number; right: number }, width: number): number {
  return Math.max(edge - left, Math.min(0, width - edge - right))
}

const itemsIn = (box: Element | null) => [...(box?.querySelectorAll<HTMLElement>('.popover-panel :is(button, a[href], input):not([disabled])') ?? [])]

/** step moves the focus to another item of the panel, except from a field that needs the key itself. */
function step(event: KeyboardEvent) {
  const at = event.target as HTMLElement
  const field = at instanceof HTMLInputElement && at.type !== 'checkbox'
  if (field && (at.type !== 'search' || event.key === 'Home' || event.key === 'End')) return
  const items = itemsIn((event.currentTarget as Element).parentElement)
  const place = items.indexOf(at)
  const to = { ArrowDown: (place + 1) % items.length, ArrowUp: (place - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key]
  if (place < 0 || to === undefined) return
  event.preventDefault()
  items[to]?.focus()
}
