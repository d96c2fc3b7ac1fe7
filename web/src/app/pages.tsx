import type { ComponentType } from 'preact'
import type { Role } from '../api/types'
import DashboardPage from '../pages/dashboard/page'

export interface Page {
  path: string
  title: string
  /** who may see it; an operator sees all */
  role: Role
  /** whether the path goes on with a name */
  prefix?: boolean
  /** whether it has a place in the navigation */
  nav?: boolean
  /** whether it says itself when its connection is lost, and since when */
  tellsLoss?: boolean
  /** the page itself, or what brings it */
  here?: ComponentType
  load?: () => Promise<{ default: ComponentType }>
}

/** may says whether a role sees a page: an operator sees all, a viewer what is marked so. */
export const may = (role: Role, page: Page) => role === 'operator' || (role !== '' && page.role === role)

/** pageAt is the page that an address names. */
export const pageAt = (path: string) => pages.find((p) => (p.prefix ? path.startsWith(p.path) : path === p.path))

// Nearly every visit begins with a dashboard, which is small without the charts' library and comes with the shell. Each other page
// is a chunk of its own: a viewer's phone never loads the operator's pages.
export const pages: Page[] = [
  { path: '/d/', title: 'Dashboards', role: 'viewer', prefix: true, nav: true, here: DashboardPage },
  { path: '/explore', title: 'Explore', role: 'operator', nav: true, load: () => import('../pages/explore/page') },
  { path: '/path', title: 'Pipeline', role: 'operator', nav: true, tellsLoss: true, load: () => import('../pages/path/page') },
  { path: '/trace', title: 'Trace', role: 'operator', nav: true, load: () => import('../pages/trace/page') },
  { path: '/quarantine', title: 'Quarantine', role: 'operator', nav: true, load: () => import('../pages/quarantine/page') },
  { path: '/tail', title: 'Live tail', role: 'operator', nav: true, tellsLoss: true, load: () => import('../pages/tail/page') },
]
