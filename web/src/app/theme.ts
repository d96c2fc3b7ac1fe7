import { effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

const stored = localStorage.getItem('theme')
export const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')

const dark = window.matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = signal(dark.matches)
dark.addEventListener('change', (e) => (systemIsDark.value = e.matches))

/** isDark is what charts are drawn for: canvases do not read style sheets. */
export const isDark = () => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark')

effect(() => {
  if (theme.value === 'system') {
    delete document.documentElement.dataset['theme']
    localStorage.removeItem('theme')
  } else {
    document.documentElement.dataset['theme'] = theme.value
    localStorage.setItem('theme', theme.value)
  }
})
