import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Icon } from './icon'

/** Copy puts a text on the clipboard, and says so. */
export function Copy({ text, what }: { text: string | (() => string); what: string }) {
  const state = useSignal<'' | 'done' | 'failed'>('')
  useEffect(() => {
    if (!state.value) return
    const timer = window.setTimeout(() => (state.value = ''), 2000)
    return () => window.clearTimeout(timer)
  }, [state.value])
  const says = state.value === 'done' ? 'Copied' : state.value === 'failed' ? 'Could not copy' : `Copy ${what}`
  return <button class="button quiet small" onClick={() => void put(typeof text === 'string' ? text : text()).then((done) => (state.value = done ? 'done' : 'failed'))}>
    <Icon name={state.value === 'done' ? 'done' : 'copy'} /><span aria-live="polite">{says}</span>
  </button>
}

/** put copies a text. Where the clipboard's API is missing, as on a page without TLS, the older command does it. */
async function put(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'hidden'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
