import { render } from 'preact'
import { App } from './app/app'
import { pageAt } from './app/pages'
import { path } from './app/router'
import './styles/tokens.css'
import './styles/base.css'

// What everybody may see is fetched while the server still tells who looks.
const first = pageAt(path.value === '/' ? '/d/' : path.value)
if (first?.role === 'viewer') first.load().catch(() => undefined)

const root = document.getElementById('app')
if (root) render(<App />, root)
