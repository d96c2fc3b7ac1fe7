// Every page, in three looks: no error, no serious fault for axe, no sideways scrolling; its size and its time.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { accessible, browse, looks, shot, until } from './lib.mjs'

const pages = {
  orders: '/d/orders?range=1h', compared: '/d/orders?range=1h&compare=1', explore: '/explore', path: '/path',
  trace: `/trace?key=${process.env.KEY}`, quarantine: '/quarantine', tail: '/tail',
}

const firstLoad = 300 * 1024

await browse(async (open) => {
  for (const [name, path] of Object.entries(pages)) {
    for (const look of Object.keys(looks)) {
      const page = await open(path, look)
      await page.locator('main').waitFor()
      await until(`${name} to be filled`, async () => (await page.locator('.skeleton, [class*=skeleton], [aria-busy=true]').count()) === 0)
      await accessible(page, `${name}, ${look}`)
      await shot(page, `${name}-${look}`)
      await page.context().close()
    }
  }

  const bodies = []
  const page = await open('about:blank')
  page.on('response', (response) => bodies.push(response))
  await page.goto(new URL('/d/orders?range=1h', process.env.PAGE_URL).href)
  await until('the first numbers', async () => (await page.locator('.figure-value').count()) > 0)
  const ready = await page.evaluate(() => Math.round(performance.now()))
  const usable = await page.evaluate(() => document.querySelectorAll('.board-tools button:not([disabled])').length)
  assert.ok(usable > 1, 'there are numbers, and nothing to choose by')
  await until('the charts', async () => (await page.locator('.panel .chart-canvas canvas').count()) > 3 && (await page.locator('[aria-busy=true]').count()) === 0)
  const drawn = await page.evaluate(() => Math.round(performance.now()))
  let bytes = 0
  for (const response of bodies) {
    const { pathname } = new URL(response.url())
    // The map's outlines come later, and only where a dashboard has a map.
    if (pathname.startsWith('/api/') || /world|map/.test(pathname)) continue
    bytes += gzipSync(await response.body().catch(() => Buffer.alloc(0))).length
  }
  console.log(`first load: ${Math.round(bytes / 1024)} KiB gzipped, numbers on the page ${ready} ms after the navigation began, charts after ${drawn} ms`)
  assert.ok(bytes > 20_000 && bytes < firstLoad, `the first load has ${bytes} bytes, the limit is ${firstLoad}`)
})
