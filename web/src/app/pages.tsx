import type { ComponentType } from 'preact'
import type { Role } from '../api/types'

export interface Page {
  path: string
  title: string
  /** who may see it; an operator sees all */
  role: Role
  /** whether the path goes on with a name */
  prefix?: boolean
  /** whether it has a place in the navigation */
  nav?: boolean
  load: () => Promise<{ default: ComponentType }>
}

/** may says whether a role sees a page: an operator sees all, a viewer what is marked so. */
export const may = (role: Role, page: Page) => role === 'operator' || (role !== '' && page.role === role)

/** pageAt is the page that an address names. */
export const pageAt = (path: string) => pages.find((p) => (p.prefix ? path.startsWith(p.path) : path === p.path))

// Each page is a chunk of its own: a viewer's phone never loads the operator's pages.
export const pages: Page[] = [
  { path: '/d/', title: 'Dashboards', role: 'viewer', prefix: true, nav: true, load: () => import('../pages/dashboard/page') },
  { path: '/explore', title: 'Explore', role: 'operator', nav: true, load: () => import('../pages/explore/page') },
  { path: '/path', title: 'Pipeline', role: 'operator', nav: true, load: () => import('../pages/path/page') },
  { path: '/trace', title: 'Trace', role: 'operator', nav: true, load: () => import('../pages/trace/page') },
  { path: '/quarantine', title: 'Quarantine', role: 'operator', nav: true, load: () => import('../pages/quarantine/page') },
  { path: '/tail', title: 'Live tail', role: 'operator', nav: true, load: () => import('../pages/tail/page') },
]
