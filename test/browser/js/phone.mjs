// On a phone every menu stays on the screen, and opening one does not make the page scroll sideways.
import assert from 'node:assert/strict'
import { accessible, browse, number, shot, until } from './lib.mjs'

await browse(async (open) => {
  const page = await open('/d/orders?range=all', 'phone')
  await until('orders', async () => (await number(page, 'Orders')) > 0)
  await until('the charts', async () => (await page.locator('.skeleton, [aria-busy=true]').count()) === 0)
  const buttons = page.locator('button[aria-expanded]:visible')
  const menus = await buttons.count()
  assert.ok(menus > 10, `there are ${menus} menus`)
  for (let i = 0; i < menus; i++) {
    const name = `${await buttons.nth(i).getAttribute('aria-label')} ${await buttons.nth(i).innerText()}`.replace('null ', '')
    await buttons.nth(i).click()
    const panel = page.locator('.popover-panel')
    await panel.waitFor()
    await until(`what ${name} offers`, async () => (await panel.locator('.skeleton').count()) === 0)
    const { x, width } = await panel.boundingBox()
    assert.ok(x >= 0 && x + width <= 390, `${name} opens from ${x} to ${x + width}`)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(wide <= 390, `with ${name} open the page is ${wide} wide`)
    if (/^Country/.test(name)) await shot(page, 'phone-filter')
    await page.keyboard.press('Escape')
  }
  const small = await page.locator('button:visible, .menu a:visible, nav a:visible').evaluateAll((all) => all.map((one) => [one.getAttribute('aria-label') ?? one.textContent, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24)).map(([name, box]) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`))
  assert.deepEqual(small, [], 'what is pressed with a finger is 24 pixels or more (WCAG 2.5.8)')
  await accessible(page, 'phone')
})
