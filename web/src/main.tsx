import { render } from 'preact'
import { App } from './app/app'
import { pageAt } from './app/pages'
import { go, path } from './app/router'
import { session } from './app/session'
import './styles/tokens.css'
import './styles/base.css'

if (path.value === '/') go(`/d/${window.location.search}`, 'replace')
// A page of its own chunk is fetched while the shell is drawn, or while the server still tells who looks.
if (session.value?.role !== '') void pageAt(path.value)?.load?.().catch(() => undefined)

const root = document.getElementById('app')
if (root) render(<App />, root)
