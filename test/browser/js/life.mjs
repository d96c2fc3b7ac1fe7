// A tab that stays open: hundreds of updates of every chart leave its memory, its elements and its listeners as they were, and move nothing on the
// page. The stream of events is the page's own, played again and again with other numbers, because a pipeline would take an hour.
import assert from 'node:assert/strict'
import { browse, number, until } from './lib.mjs'

const warm = 30
const rounds = 150
// What a browser keeps of its own beside the page's: parsed code, caches of Intl and of glyphs.
const slack = { JSHeapUsedSize: 6_000_000, Nodes: 200, JSEventListeners: 50 }

/** replay is put into the page: an EventSource that keeps what it heard, and says it again when it is told to. */
function replay() {
  const Real = window.EventSource
  const charts = new Map()
  const listeners = []
  window.EventSource = class extends Real {
    addEventListener(name, handle) {
      super.addEventListener(name, (event) => {
        if (name === 'chart') charts.set(JSON.parse(event.data).id, event.data)
        if (!window.playing) handle(event)
      })
      if (name === 'chart') listeners.push(handle)
    }
  }
  // Every number of a result becomes another one; texts and times stay.
  window.play = async (times) => {
    window.playing = true
    for (let i = 0; i < times; i++) {
      for (const text of charts.values()) {
        const data = JSON.parse(text)
        for (const row of data.rows ?? []) row.forEach((cell, j) => { if (/^\d+(\.\d+)?$/.test(cell ?? '')) row[j] = String((Number(cell) + i).toFixed(2)) })
        for (const handle of listeners) handle({ data: JSON.stringify(data) })
      }
      await new Promise((done) => requestAnimationFrame(done))
    }
  }
}

async function measure(session) {
  for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  return Object.fromEntries(metrics.filter((m) => m.name in slack).map((m) => [m.name, m.value]))
}

await browse(async (open) => {
  const page = await open('about:blank')
  await page.addInitScript(replay)
  await page.goto(new URL('/d/orders?range=all', process.env.PAGE_URL).href)
  await until('orders', async () => (await number(page, 'Orders')) > 0)
  await until('the charts', async () => (await page.locator('.skeleton, [aria-busy=true]').count()) === 0)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await session.send('HeapProfiler.enable')
  await page.evaluate((n) => window.play(n), warm)
  await page.evaluate(() => {
    window.moved = 0
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.moved += entry.value))).observe({ type: 'layout-shift' })
  })
  const before = await measure(session)
  await page.evaluate((n) => window.play(n), rounds)
  const after = await measure(session)
  const moved = await page.evaluate(() => window.moved)
  console.log(`${rounds} updates of every chart: ${Object.keys(slack).map((name) => `${name} ${before[name]} -> ${after[name]}`).join(', ')}, layout shift ${moved}`)
  for (const [name, more] of Object.entries(slack)) assert.ok(after[name] <= before[name] + more, `${name} grew from ${before[name]} to ${after[name]}`)
  assert.ok(moved < 0.01, `the page moved by ${moved}`)
})
