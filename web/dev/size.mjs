// size adds up what a browser loads before the first dashboard stands with its charts, gzipped, and fails above the budget: the page
// itself, its scripts and styles, and the charts' library. It fails, too, when the part that numbers and filters
// wait for outgrows its own budget. Chunks that come later (a map, the operator's pages) are listed without being counted.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const budget = 300_000
const numbersBudget = 60_000
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
const size = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length
const all = () => [...first].reduce((sum, file) => sum + size(file), 0)
add('index.html')
const numbers = all()
add('src/charts/echarts.ts')
const total = all()
for (const file of first) console.log(`${String(size(file)).padStart(8)}  ${file}`)
console.log(`${String(numbers).padStart(8)}  bytes gzipped before the first numbers stand; the budget is ${numbersBudget}`)
console.log(`${String(total).padStart(8)}  with their charts; the budget is ${budget}`)
for (const file of readdirSync(join(dist, 'assets')).filter((name) => !name.endsWith('.gz'))) {
  if (!first.has(`assets/${file}`)) console.log(`${String(size(`assets/${file}`)).padStart(8)}  later: assets/${file}`)
}
for (const over of [numbers - numbersBudget, total - budget].filter((bytes) => bytes > 0)) {
  console.error(`The first load is ${over} bytes over its budget.`)
  process.exitCode = 1
}
