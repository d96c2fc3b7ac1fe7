import { useRef } from 'preact/hooks'
import { go } from '../../app/router'
import './box.css'

/** traceLink is the address of the page that follows an event. */
export const traceLink = (key: string) => `/trace?key=${encodeURIComponent(key)}`

/** TraceBox asks which event to follow, and shows it on its page. */
export function TraceBox({ compact = false, value = '' }: { compact?: boolean; value?: string }) {
  const input = useRef<HTMLInputElement>(null)
  function submit(event: Event) {
    event.preventDefault()
    const key = input.current?.value.trim()
    if (key) go(traceLink(key))
    else input.current?.focus()
  }
  return <form class={`trace-box ${compact ? 'compact' : ''}`} role="search" onSubmit={submit}>
    <label class={compact ? 'hidden' : 'small soft'} for="trace-key">Key, sequence number, shard:position, or a text</label>
    <div class="trace-box-row">
      <input key={value} ref={input} id="trace-key" class="field" type="search" defaultValue={value} maxLength={1000} autocomplete="off" spellcheck={false}
        placeholder={compact ? 'Where is my event?' : ''} />
      <button class={`button ${compact ? '' : 'primary'}`}>{compact ? 'Trace' : 'Find it'}</button>
    </div>
  </form>
}
