import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { post } from '../api/client'
import { lost } from '../api/live'
import { Icon } from '../parts/icon'
import { Popover } from '../parts/popover'
import { may, pageAt, pages } from './pages'
import { path } from './router'
import { refreshSession, session, unreachable } from './session'
import './shell.css'
import { theme, type Theme } from './theme'

/** Shell is what all pages share: the navigation, who is logged in, and whether the pipeline answers. */
export function Shell({ children }: { children: ComponentChildren }) {
  const who = session.value
  const visible = who?.role ? pages.filter((p) => p.nav && may(who.role, p)) : []
  const links = visible.length > 1 && visible.map((p) => <a href={p.path} aria-current={path.value.startsWith(p.path) ? 'page' : undefined}>{p.title}</a>)
  return <div class="shell">
    <a class="skip button" href="#main">Skip to the content</a>
    <header class="shell-head">
      <a class="shell-name" href="/d/"><img src="/icon.svg" alt="" width="24" height="24" /> <span>{who?.pipeline || 'Penstock'}</span></a>
      <nav class="shell-nav" aria-label="Pages">{links}</nav>
      <div class="shell-end">
        <ThemeSwitch />
        {who?.user && !who.open && <Popover class="quiet" align="end" label={<span class="shell-user">{who.user}</span>} name={`${who.user}, ${who.role}`}>
          {() => <div class="menu">
            <p class="menu-item soft">{who.role}</p>
            <button type="button" class="menu-item" onClick={() => void logout()}><Icon name="leave" /> Log out</button>
          </div>}
        </Popover>}
        {links && <div class="shell-more"><Popover key={path.value} class="quiet" align="end" name="Pages" label={<Icon name="menu" />}>
          {() => <nav class="menu shell-menu" aria-label="Pages">{visible.map((p) => <a class="menu-item" href={p.path} aria-current={path.value.startsWith(p.path) ? 'page' : undefined}>{p.title}</a>)}</nav>}
        </Popover></div>}
      </div>
    </header>
    <LostBanner />
    <main id="main" class="shell-main" tabIndex={-1}>{children}</main>
  </div>
}

async function logout() {
  await post('/api/v1/logout', {}).catch(() => undefined)
  await refreshSession()
}

/** patience is how long a connection may be lost before the page says so, in milliseconds: most come back at once. */
const patience = 2500

/** LostBanner says that what the page shows may be old. */
function LostBanner() {
  const [shown, show] = useState(false)
  useEffect(() => {
    if (!lost.value) return show(false)
    const timer = window.setTimeout(() => {
      show(true)
      // The pipeline may have ended the session: then the page asks to log in.
      void refreshSession()
    }, patience)
    return () => window.clearTimeout(timer)
  }, [lost.value])
  if (!shown || pageAt(path.value)?.tellsLoss) return null
  return <p class="shell-lost" role="alert">
    <Icon name="warn" /> {unreachable.value ? 'The connection to the pipeline is lost.' : 'Live updates are interrupted.'} This page shows what was last known, and goes on by itself.
  </p>
}

const themes: { name: Theme; label: string; icon: 'auto' | 'sun' | 'moon' }[] = [
  { name: 'system', label: 'As the system', icon: 'auto' }, { name: 'light', label: 'Light', icon: 'sun' }, { name: 'dark', label: 'Dark', icon: 'moon' },
]

function ThemeSwitch() {
  const present = themes.find((t) => t.name === theme.value)!
  return <Popover class="quiet" align="end" name={`Theme: ${present.label}`} label={<Icon name={present.icon} />}>
    {(close) => <div class="menu">
      {themes.map((t) => <button type="button" class="menu-item" aria-pressed={t.name === theme.value} onClick={() => {
        theme.value = t.name
        close()
      }}><Icon name={t.icon} /> {t.label}</button>)}
    </div>}
  </Popover>
}
