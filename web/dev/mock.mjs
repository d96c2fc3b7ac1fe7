// A stand-in for a pipeline, for work on the pages: it serves the API of docs/api.md with orders that keep coming, and the
// built pages under the policy that the real server sends. `npm run dev:mock`, then http://127.0.0.1:8080, or `npm run dev`
// beside it. ?role=viewer or ?role= in the address of /mock changes who looks.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { chart, definition, filterValues, order, orders } from './orders.mjs'

const dist = new URL('../dist/', import.meta.url).pathname
const port = Number(process.env.PORT ?? 8080)
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }
let role = 'operator'
let stalled = false

setInterval(() => !stalled && order(Date.now()), 1500)

const me = () => ({ user: role ? 'sam' : '', role, open: false, pipeline: 'orders', version: 'dev' })
const answer = (response, status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
const refuse = (response, status, code, message, hint) => answer(response, status, { error: { code, message, hint } })

async function body(request) {
  let text = ''
  for await (const part of request) text += part
  return JSON.parse(text || '{}')
}

function liveCharts(response, name, state) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  const send = (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  const all = () => {
    for (const { id } of definition(name).charts) send('chart', chart(id, state))
  }
  const fresh = () => send('freshness', { complete_to: new Date(stalled ? Date.now() - 300_000 : Date.now() - 700).toISOString(), quarantined: 12, ready: !stalled, problems: 0 })
  all()
  fresh()
  const timers = [setInterval(all, 2000), setInterval(fresh, 1000)]
  response.on('close', () => timers.forEach(clearInterval))
}

async function query(request, response) {
  const { sql } = await body(request)
  if (/contry/.test(sql)) return refuse(response, 400, 'sql', 'Binder Error: Referenced column "contry" not found in FROM clause!', 'Did you mean "country"?')
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
  const line = (data) => response.write(JSON.stringify(data) + '\n')
  line({ columns: [{ name: 'country', type: 'varchar' }, { name: 'orders', type: 'bigint' }, { name: 'revenue', type: 'decimal(38,2)' }] })
  const rows = /slow/.test(sql) ? 20_000 : /many/.test(sql) ? 150_000 : 12
  for (let i = 0; i < rows && !response.destroyed; i++) {
    line({ row: [i === 3 ? null : ['Germany', 'United Kingdom', '<b>USA</b>', 'France'][i % 4] + (i > 3 ? ` ${i}` : ''), String(i * 37), `${i * 12}.50`] })
    if (/slow/.test(sql) && i % 50 === 0) await new Promise((done) => setTimeout(done, 100))
  }
  line({ end: { rows } })
  response.end()
}

async function api(request, response, url) {
  const [, , , first, name, kind, id] = url.pathname.split('/').map(decodeURIComponent)
  if (first === 'me') return answer(response, 200, me())
  if (first === 'login') {
    const { password, token } = await body(request)
    if (password !== 'orders' && token !== 'orders') return refuse(response, 401, 'login', 'User and password do not match.', 'Ask who runs the pipeline; `penstock user` sets a password.')
    role = 'operator'
    return answer(response, 200, me())
  }
  if (first === 'logout') return ((role = ''), answer(response, 200, me()))
  if (!role) return refuse(response, 401, 'unauthorized', 'Log in first.')
  if (first === 'dashboards' && !name) return answer(response, 200, ['orders', 'again'].map(definition).map(({ name, title, description }) => ({ name, title, description })))
  if (first === 'dashboards' && name !== 'orders' && name !== 'again') return refuse(response, 404, 'not_found', `There is no dashboard "${name}".`, 'The files in dashboards/ name them.')
  if (first === 'dashboards' && !kind) return answer(response, 200, definition(name))
  if (first === 'dashboards' && kind === 'filters') return answer(response, 200, filterValues(id))
  if (first === 'dashboards' && kind === 'live') return liveCharts(response, name, url.searchParams)
  if (first === 'dashboards' && kind === 'charts') return answer(response, 200, chart(id.replace(/\.csv$/, ''), url.searchParams))
  if (first === 'tables') return answer(response, 200, [{ name: 'orders', description: 'One row for each order of the shop.', columns: [['order_id', 'uuid', ''], ['country', 'varchar', 'Where it is sent'], ['order_cost', 'decimal(12,2)', 'Price times quantity'], ['order_date', 'timestamp', '']].map(([name, type, description]) => ({ name, type, description })) }, { name: 'quarantine', description: 'Events no contract accepted.', columns: [{ name: 'reason', type: 'varchar', description: '' }] }])
  if (first === 'query') return query(request, response)
  return refuse(response, 404, 'not_found', `The development server has no ${url.pathname}.`)
}

async function page(response, path) {
  const file = extname(path) ? path : '/index.html'
  try {
    const content = await readFile(join(dist, normalize(file)))
    response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': csp }).end(content)
  } catch {
    response.writeHead(404).end('not found; has `npm run build` been run?')
  }
}

createServer((request, response) => {
  const url = new URL(request.url, 'http://mock')
  if (url.pathname === '/mock') {
    role = url.searchParams.get('role') ?? role
    stalled = url.searchParams.get('stalled') === '1'
    return answer(response, 200, { role, stalled, orders: orders.length })
  }
  const done = url.pathname.startsWith('/api/') ? api(request, response, url) : page(response, url.pathname)
  Promise.resolve(done).catch((error) => response.destroy(error))
}).listen(port, '127.0.0.1', function () {
  console.log(`pages and a made-up API at http://127.0.0.1:${this.address().port}`)
})
