// A wall screen shows a whole dashboard without scrolling, in letters that grow with it; Escape ends it, and the keyboard goes on.
import assert from 'node:assert/strict'
import { accessible, browse, number, shot, until } from './lib.mjs'

const settled = (page) => async () => (await page.locator('.skeleton, [aria-busy=true]').count()) === 0

await browse(async (open) => {
  const wall = await open('/d/orders?range=all&wall=1', 'wall')
  await until('orders', async () => (await number(wall, 'Orders')) > 0)
  await until('the charts', settled(wall))
  const [height, screen, letters] = await wall.evaluate(() => {
    const board = document.querySelector('.board.wall')
    return [board.scrollHeight, board.clientHeight, parseFloat(getComputedStyle(document.documentElement).fontSize)]
  })
  assert.ok(height <= screen, `the wall scrolls: ${height} of ${screen} pixels`)
  assert.ok(letters >= 28, `letters of ${letters} pixels on a wall`)
  await accessible(wall, 'wall')
  await shot(wall, 'wall')

  const large = await open('/d/orders?range=all', 'wall')
  await until('the charts', settled(large))
  const [first, second] = await large.evaluate(() => ['.shell-name', '.board h1'].map((place) => document.querySelector(place).getBoundingClientRect().left))
  assert.ok(Math.abs(first - second) < 2, `the head begins at ${first}, the page at ${second}`)
  await shot(large, 'orders-4k')

  const page = await open('/d/orders?range=all', 'laptop')
  await until('orders', async () => (await number(page, 'Orders')) > 0)
  const tops = await page.locator('.is-number .figure-value').evaluateAll((figures) => figures.map((f) => Math.round(f.getBoundingClientRect().bottom)))
  assert.ok(tops.length > 2 && new Set(tops).size === 1, `figures side by side end at ${tops}`)
  await page.locator('.enter-wall').focus()
  await page.keyboard.press('Enter')
  await page.locator('.board.wall').waitFor()
  await page.evaluate(() => document.fullscreenElement && document.exitFullscreen())
  await page.keyboard.press('Escape')
  await until('the page around the dashboard', async () => (await page.locator('.board.wall').count()) === 0)
  await until('the focus where it was', () => page.evaluate(() => document.activeElement.classList.contains('enter-wall')))
})
