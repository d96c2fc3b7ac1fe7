import { signal } from '@preact/signals'

const key = 'explore-history'
const most = 50

function stored(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(list) ? list.filter((sql) => typeof sql === 'string').slice(0, most) : []
  } catch {
    return []
  }
}

/** history has the queries asked on this browser, the last one first. */
export const history = signal(stored())

export function remember(sql: string) {
  history.value = [sql, ...history.value.filter((old) => old !== sql)].slice(0, most)
  try {
    localStorage.setItem(key, JSON.stringify(history.value))
  } catch {
    // A browser that stores nothing still answers queries.
  }
}

export function forget() {
  history.value = []
  localStorage.removeItem(key)
}
