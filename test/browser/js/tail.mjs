// A flood of large events: the tail keeps the newest, says what it left out, and the page does not grow.
import assert from 'node:assert/strict'
import { browse, data, penstock, shot, until } from './lib.mjs'

await browse(async (open) => {
  const page = await open('/tail')
  await until('a connection', async () => (await page.locator('.tail-head .badge.ok').count()) > 0)
  let most = 0
  let finished = false
  const sent = penstock('produce', '--from', process.env.FLOOD, '--rate', '150', '--data', data).finally(() => (finished = true))
  while (!finished) {
    most = Math.max(most, await page.evaluate(() => document.querySelectorAll('*').length))
    await page.waitForTimeout(300)
  }
  await sent
  // Of a flood any event may be left out, of a calm stream none.
  await page.waitForTimeout(3000)
  await penstock('produce', '--from', process.env.LAST, '--data', data)
  await until('the newest event', async () => (await page.locator('.tail-box').innerText()).includes('the last one'))
  const lines = await page.locator('.tail-box li').count()
  assert.ok(lines > 20 && lines <= 500, `${lines} lines`)
  assert.match(await page.locator('.tail').innerText(), /left out/)
  assert.ok(most < 25_000, `the page had ${most} elements`)
  await shot(page, 'tail-flood')
})
