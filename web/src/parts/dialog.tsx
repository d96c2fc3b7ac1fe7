import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import './dialog.css'

/** Dialog shows something above the page until it is closed; focus goes back to where it was. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => box.current?.showModal(), [])
  return <dialog ref={box} class="dialog card" aria-labelledby={id} onClose={onClose} onClick={(event) => event.target === box.current && box.current?.close()}>
    <header class="card-head"><h2 id={id} class="card-title">{title}</h2><button type="button" class="button quiet" onClick={() => box.current?.close()}>Close</button></header>
    {children}
  </dialog>
}
