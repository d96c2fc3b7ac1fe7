import { signal } from '@preact/signals'

let timer: number | undefined

/** now is the present time in milliseconds; it moves once a second while something on the page shows it. */
export const now = signal(Date.now(), {
  watched() {
    now.value = Date.now()
    timer = window.setInterval(() => (now.value = Date.now()), 1000)
  },
  unwatched() {
    window.clearInterval(timer)
  },
})
