import { useComputed, useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { pages } from './pages'
import { go, path } from './router'
import { refreshSession, session, unreachable } from './session'
import { Shell } from './shell'

/** App shows the page that the address names, once it is known who looks. */
export function App() {
  useEffect(() => void refreshSession(), [])
  const page = useComputed(() => pages.find((p) => (p.prefix ? path.value.startsWith(p.path) : path.value === p.path)))
  const loaded = useSignal<{ path: string; Page: ComponentType } | null>(null)
  const failed = useSignal('')

  useEffect(() => {
    if (path.value === '/') go('/d/', 'replace')
  }, [path.value])
  useEffect(() => {
    const wanted = page.value
    if (!wanted) return
    document.title = `${wanted.title} · Penstock`
    wanted.load().then(
      (module) => {
        failed.value = ''
        loaded.value = { path: wanted.path, Page: module.default }
      },
      () => (failed.value = 'This page could not be loaded. Load it again; the pipeline may have been updated.'),
    )
  }, [page.value])

  if (unreachable.value && !session.value) {
    return <main class="card" style="margin: 15vh auto; max-width: 480px">
      <h1>{unreachable.value.message}</h1>
      <p class="soft">{unreachable.value.hint}</p>
      <button class="button primary" onClick={() => void refreshSession()}>Try again</button>
    </main>
  }
  if (!session.value) return null
  const Page = loaded.value && loaded.value.path === page.value?.path ? loaded.value.Page : null
  return <Shell>
    {failed.value ? <p class="notice fail" role="alert">{failed.value}</p>
      : page.value ? Page && <Page />
      : <p class="notice">There is no page here. <a href="/d/">To the dashboards</a></p>}
  </Shell>
}
