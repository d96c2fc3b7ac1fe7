import { computed, signal, type Signal } from '@preact/signals'

/** Connection is how a page's live connection is doing. */
export type Connection = 'connecting' | 'open' | 'lost'

export interface Live {
  state: Signal<Connection>
  close: () => void
}

const lives = signal<Live[]>([])

/** lost says whether a connection of the page that is shown is lost. */
export const lost = computed(() => lives.value.some((one) => one.state.value === 'lost'))

/**
 * live listens to server-sent events. The connection rests while the page is hidden, so that a chart nobody looks at
 * costs nothing, and comes back by itself, a little later each time, when the server went away.
 */
export function live(url: string, handlers: Record<string, (data: unknown) => void>): Live {
  const state = signal<Connection>('connecting')
  let source: EventSource | null = null
  let timer: number | undefined
  let wait = 500

  function open() {
    rest()
    source = new EventSource(url)
    source.onopen = () => {
      state.value = 'open'
      wait = 500
    }
    source.onerror = () => {
      state.value = 'lost'
      rest()
      if (!document.hidden) timer = window.setTimeout(open, wait)
      wait = Math.min(wait * 2, 10_000)
    }
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse((event as MessageEvent<string>).data)))
    }
  }
  function rest() {
    window.clearTimeout(timer)
    source?.close()
    source = null
  }
  function visibility() {
    if (document.hidden) rest()
    else if (!source) open()
  }
  document.addEventListener('visibilitychange', visibility)
  if (!document.hidden) open()
  const made: Live = {
    state,
    close: () => {
      document.removeEventListener('visibilitychange', visibility)
      lives.value = lives.peek().filter((one) => one !== made)
      rest()
    },
  }
  lives.value = [...lives.peek(), made]
  return made
}
