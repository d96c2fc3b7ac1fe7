// The orders dashboard climbs to 1,800 by itself while orders come in, and is never loaded again.
import assert from 'node:assert/strict'
import { browse, data, number, panel, penstock, shot, until } from './lib.mjs'

await browse(async (open) => {
  const page = await open('/d/orders?range=1h')
  await page.evaluate(() => (window.sameDocument = true))
  await until('the dashboard', async () => (await number(page, 'Orders')) === 0)

  const sent = penstock('produce', '1800', '--rate', '100', '--data', data)
  const seen = []
  let finished = false
  void sent.finally(() => (finished = true)).catch(() => {})
  while (!finished) {
    const now = await number(page, 'Orders')
    if (now !== seen.at(-1)) seen.push(now)
    await page.waitForTimeout(200)
  }
  await sent
  await until('1,800 orders on the page', async () => (await number(page, 'Orders')) === 1800)
  assert.ok(seen.length >= 4, `the number changed ${seen.length} times in 18 s: ${seen}`)
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b), 'the number only ever climbs')
  assert.equal(await page.evaluate(() => window.sameDocument), true, 'the page was loaded again')
  console.log(`the number climbed in ${seen.length} steps: ${seen.join(' ')} 1800`)
  await until('each chart to be drawn', async () => (await page.locator('.panel [aria-busy=true]').count()) === 0)
  await until('the freshness', async () => /complete to/i.test(await panel(page, 'Revenue').innerText()))
  await shot(page, 'orders-live')
})
