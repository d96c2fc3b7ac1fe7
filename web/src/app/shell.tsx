import type { ComponentChildren } from 'preact'
import { pages } from './pages'
import { path } from './router'
import { session } from './session'
import './shell.css'
import { theme, type Theme } from './theme'

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }

/** Shell is what all pages share: the navigation and who is logged in. */
export function Shell({ children }: { children: ComponentChildren }) {
  const who = session.value
  const visible = pages.filter((p) => p.nav && (who?.role === 'operator' || p.role === who?.role))
  return <div class="shell">
    <a class="skip button" href="#main">Skip to the content</a>
    <header class="shell-head">
      <a class="shell-name" href="/d/"><img src="/icon.svg" alt="" width="24" height="24" /> {who?.pipeline}</a>
      <nav aria-label="Pages">
        {visible.map((p) => <a href={p.path} aria-current={path.value.startsWith(p.path) ? 'page' : undefined}>{p.title}</a>)}
      </nav>
      <button class="button quiet" title={`Theme: ${theme.value}`} onClick={() => (theme.value = next[theme.value])}>
        <span aria-hidden="true">{theme.value === 'dark' ? '☾' : theme.value === 'light' ? '☀' : '◐'}</span>
        <span class="hidden">Theme: {theme.value}; change</span>
      </button>
    </header>
    <main id="main" class="shell-main" tabIndex={-1}>{children}</main>
  </div>
}
