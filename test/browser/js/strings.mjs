// What events hold shows as text everywhere, whatever it says.
import assert from 'node:assert/strict'
import { browse, data, penstock, shot, until } from './lib.mjs'

const evil = process.env.EVIL
const places = { dashboard: '/d/orders?range=all', quarantine: '/quarantine', trace: `/trace?key=${encodeURIComponent(process.env.KEY)}`, tail: '/tail', explore: '/explore' }

await browse(async (open) => {
  for (const [name, path] of Object.entries(places)) {
    const page = await open(path)
    if (name === 'tail') {
      await until('a connection', async () => (await page.locator('.tail-head').innerText()).includes('Live\n') || (await page.locator('.tail-head .badge.ok').count()) > 0)
      await penstock('produce', '--from', process.env.AGAIN, '--data', data)
    }
    if (name === 'explore') {
      await page.locator('textarea').fill('select city, product_name from orders')
      await page.keyboard.press('Control+Enter')
    }
    if (name === 'quarantine') await page.locator('main').getByRole('link').or(page.locator('main').getByRole('button')).first().click().catch(() => {})
    if (name !== 'quarantine') await until(`the text on ${name}`, async () => (await page.locator('main').innerText()).includes(evil) || (await page.locator('main').textContent()).includes(evil))
    assert.equal(await page.evaluate(() => window.hacked), undefined, `a script ran on ${name}`)
    assert.equal(await page.locator('main img[src="x"], main script, main iframe').count(), 0, `markup became an element on ${name}`)
    await shot(page, `strings-${name}`)
  }
})
