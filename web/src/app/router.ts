import { computed, signal } from '@preact/signals'

// The page's address is the state that a copied link carries: the path names the page, the query its settings.
const location_ = signal(new URL(window.location.href))

export const path = computed(() => location_.value.pathname)
export const query = computed(() => location_.value.searchParams)

/** go shows another page. With replace the browser's back button does not return to the present one. */
export function go(to: string, how: 'push' | 'replace' = 'push') {
  const url = new URL(to, window.location.href)
  if (url.href === window.location.href) return
  if (how === 'push') history.pushState(null, '', url)
  else history.replaceState(null, '', url)
  location_.value = url
}

/** setQuery changes settings of the present page; null removes one, and a list writes it several times. */
export function setQuery(changes: Record<string, string | string[] | null>, how: 'push' | 'replace' = 'replace') {
  const url = new URL(window.location.href)
  for (const [name, value] of Object.entries(changes)) {
    url.searchParams.delete(name)
    for (const v of value === null ? [] : [value].flat()) url.searchParams.append(name, v)
  }
  go(url.href, how)
}

window.addEventListener('popstate', () => {
  location_.value = new URL(window.location.href)
})

// Links inside the app change the page without loading it again; all others are the browser's.
document.addEventListener('click', (event) => {
  const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute('download')) return
  if (link.origin !== window.location.origin || link.pathname.startsWith('/api/')) return
  // A link into the present page moves the focus, which the browser does best.
  if (link.hash && link.pathname === window.location.pathname && link.search === window.location.search) return
  event.preventDefault()
  go(link.href)
  window.scrollTo(0, 0)
})
