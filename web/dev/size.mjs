// size adds up what a browser loads before the first dashboard stands, gzipped, and fails above the budget: the page itself,
// its scripts and styles, and the dashboard's chunk with all that it imports. Chunks that come later (a map, the
// operator's pages) are listed without being counted.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const budget = 300_000
const dist = new URL('../dist/', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'))

const first = new Set(['index.html'])
function add(key) {
  const chunk = manifest[key]
  if (!chunk || first.has(chunk.file)) return
  first.add(chunk.file)
  for (const style of chunk.css ?? []) first.add(style)
  for (const imported of chunk.imports ?? []) add(imported)
}
add('index.html')
add('src/pages/dashboard/page.tsx')

const size = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length
let total = 0
for (const file of first) {
  total += size(file)
  console.log(`${String(size(file)).padStart(8)}  ${file}`)
}
console.log(`${String(total).padStart(8)}  bytes gzipped before the first dashboard stands; the budget is ${budget}`)
for (const file of readdirSync(join(dist, 'assets'))) {
  if (!first.has(`assets/${file}`)) console.log(`${String(size(`assets/${file}`)).padStart(8)}  later: assets/${file}`)
}
if (total > budget) {
  console.error(`The first load is ${total - budget} bytes over its budget.`)
  process.exitCode = 1
}
