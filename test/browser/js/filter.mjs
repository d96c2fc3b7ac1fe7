// A click on a bar filters every chart, the address carries it, and a table does the same for the keyboard.
import assert from 'node:assert/strict'
import { browse, number, panel, shot, until } from './lib.mjs'

await browse(async (open) => {
  const page = await open('/d/orders?range=all')
  await until('orders', async () => (await number(page, 'Orders')) > 1000)
  const all = await number(page, 'Orders')
  const canvas = panel(page, 'Cities').locator('.chart-canvas')
  await canvas.scrollIntoViewIfNeeded()
  const box = await canvas.boundingBox()
  // Bars stand or lie as their labels need: the next places are tried until one is a bar.
  for (let x = 120; x < box.width && !new URL(page.url()).searchParams.has('f.city'); x += 25) {
    await page.mouse.move(box.x + x, box.y + box.height * 0.5)
    await page.waitForTimeout(200)
    await page.mouse.click(box.x + x, box.y + box.height * 0.5, { delay: 60 })
    // A click on a bar reaches the address in a moment; on a busy machine the next one must not come before.
    await page.waitForURL((to) => to.searchParams.has('f.city'), { timeout: 2000 }).catch(() => {})
  }
  await until('a city in the address', async () => new URL(page.url()).searchParams.has('f.city'))
  await until('fewer orders', async () => (await number(page, 'Orders')) < all)
  const filtered = await number(page, 'Orders')
  assert.ok(filtered > 0)

  const copy = await open(new URL(page.url()).pathname + new URL(page.url()).search)
  await until('the same number behind the same link', async () => (await number(copy, 'Orders')) === filtered)
  await shot(copy, 'orders-filtered')

  const keyboard = await open('/d/orders?range=all')
  await until('orders', async () => (await number(keyboard, 'Orders')) === all)
  await panel(keyboard, 'Countries').getByRole('button').first().focus()
  await keyboard.keyboard.press('Enter')
  await keyboard.getByRole('menuitem', { name: /table/i }).or(keyboard.getByRole('button', { name: /table/i })).first().press('Enter')
  await panel(keyboard, 'Countries').locator('.cell-pick').first().press('Enter')
  await until('a country in the address', async () => new URL(keyboard.url()).searchParams.has('f.country'))

  await page.goBack()
  await until('all orders again, without the filter', async () => (await number(page, 'Orders')) === all)
  assert.ok(!new URL(page.url()).searchParams.has('f.city'))

  const csv = await page.request.get(new URL('/api/v1/dashboards/orders/charts/countries.csv?range=all', page.url()).href)
  assert.equal(csv.status(), 200)
  assert.match(await csv.text(), /^country,revenue\r?\n/)
})
