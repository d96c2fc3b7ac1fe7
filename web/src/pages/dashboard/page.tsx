import { useComputed } from '@preact/signals'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import type { ApiError } from '../../api/client'
import { dashboard, dashboards, firstDashboards } from '../../api/dashboards'
import type { Dashboard, DashboardName } from '../../api/types'
import { go, path, query } from '../../app/router'
import { Icon } from '../../parts/icon'
import { Empty, ErrorNotice, Skeleton } from '../../parts/notice'
import { Board } from './board'
import './page.css'

/** DashboardPage shows the dashboard that the address names, or goes to the first there is. */
export default function DashboardPage() {
  const wanted = useComputed(() => decode(path.value.slice('/d/'.length)))
  const [first] = useState(firstDashboards)
  const [names, setNames] = useState<DashboardName[] | null>(first.names)
  const [board, setBoard] = useState<Dashboard | null>(first.board)
  const [error, setError] = useState<ApiError | null>(null)
  const [tries, setTries] = useState(0)

  useEffect(() => {
    if (!first.names || tries) dashboards().then(setNames, setError)
  }, [tries])
  // Before the browser paints, so that a page which brought its dashboard shows nothing else first.
  useLayoutEffect(() => {
    const one = names?.[0]
    if (!wanted.value && one) go(`/d/${encodeURIComponent(one.name)}${query.peek().size ? `?${query.peek()}` : ''}`, 'replace')
  }, [names, wanted.value])
  useEffect(() => {
    let current = true
    setError(null)
    if (!wanted.value) return
    if (first.board?.name === wanted.value && !tries) return show(first.board)
    dashboard(wanted.value).then((loaded) => current && show(loaded), (failed: ApiError) => current && setError(failed))
    return () => void (current = false)
  }, [wanted.value, tries])

  function show(loaded: Dashboard) {
    document.title = `${loaded.title} · Penstock`
    setBoard(loaded)
  }
  const shown = board?.name === wanted.value ? board : null
  return <>
    {names && names.length > 1 && <nav class="dashboard-tabs" aria-label="Dashboards">
      {names.map((d) => <a href={`/d/${encodeURIComponent(d.name)}`} aria-current={d.name === wanted.value ? 'page' : undefined} title={d.error ? d.error.message : d.description || undefined}>{d.error && <><Icon name="warn" /><span class="hidden">Its file is wrong: </span></>}{d.title}</a>)}
    </nav>}
    {error ? <ErrorNotice error={error} retry={() => setTries(tries + 1)} />
      : names?.length === 0 && !wanted.value ? <Empty title="There is no dashboard yet">One is a file in the folder <code>dashboards</code>, beside the contracts. The charts that Explore draws can be copied into one.</Empty>
      : shown ? <Board key={shown.name} board={shown} />
      : <Skeleton lines={6} label="Loading the dashboard" />}
  </>
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
