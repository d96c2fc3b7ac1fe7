import { useComputed, useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { ErrorNotice } from '../parts/notice'
import { Forbidden, NoPage } from './forbidden'
import { Login } from './login'
import { may, pageAt } from './pages'
import { go, path } from './router'
import { refreshSession, session, unreachable } from './session'
import { Shell } from './shell'

/** App shows the page that the address names, once it is known who looks. */
export function App() {
  useEffect(() => {
    if (!session.peek()) void refreshSession()
  }, [])
  const page = useComputed(() => pageAt(path.value))
  const loaded = useSignal<{ path: string; Page: ComponentType } | null>(null)
  const failed = useSignal(false)

  useEffect(() => {
    if (path.value === '/') go('/d/', 'replace')
  }, [path.value])
  const role = session.value?.role
  const allowed = page.value && role ? may(role, page.value) : false
  useEffect(() => {
    const wanted = page.value
    if (!wanted || !allowed) return
    document.title = `${wanted.title} · Penstock`
    failed.value = false
    const show = (Page: ComponentType) => {
      // Who came by the keyboard goes on in the new page, not in the navigation.
      if (loaded.value) document.getElementById('main')?.focus({ preventScroll: true })
      loaded.value = { path: wanted.path, Page }
    }
    if (wanted.here) show(wanted.here)
    else wanted.load?.().then((module) => page.peek() === wanted && show(module.default), () => (failed.value = true))
  }, [page.value, allowed])

  if (!session.value) {
    return unreachable.value ? <main class="alone card"><h1>No pipeline</h1><ErrorNotice error={unreachable.value} retry={() => void refreshSession()} /></main> : null
  }
  if (!role) return <Login />
  const Page = page.value?.here ?? (loaded.value && loaded.value.path === page.value?.path ? loaded.value.Page : null)
  return <Shell>
    {!page.value ? <NoPage />
      : !allowed ? <Forbidden title={page.value.title} />
      : failed.value ? <ErrorNotice error={{ message: 'This page could not be loaded.', hint: 'The pipeline may have been updated since this tab was opened.' }} retry={() => window.location.reload()} />
      : Page && <Page />}
  </Shell>
}
