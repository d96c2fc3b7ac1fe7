// Menus and filters by the keyboard alone: the arrows go through them, Escape gives the focus back, and a filter taken off
// leaves it at the next.
import { browse, number, until } from './lib.mjs'

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')

await browse(async (open) => {
  const page = await open('/d/orders?range=all')
  await until('orders', async () => (await number(page, 'Orders')) > 0)
  await page.getByRole('button', { name: 'All time' }).focus()
  await page.keyboard.press('ArrowDown')
  await until(`the focus at ${'Last 15 minutes'}`, async () => (await focused(page)) === 'Last 15 minutes')
  await page.keyboard.press('ArrowDown')
  await until(`the focus at ${'Last hour'}`, async () => (await focused(page)) === 'Last hour')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Home')
  await until(`the focus at ${'Last 15 minutes'}`, async () => (await focused(page)) === 'Last 15 minutes')
  await page.keyboard.press('Escape')
  await until(`the focus at ${'All time'}`, async () => (await focused(page)) === 'All time')
  await until('no menu', async () => (await page.locator('.popover-panel').count()) === 0)

  await page.getByRole('button', { name: 'Country', exact: true }).focus()
  await page.keyboard.press('Enter')
  await until('the search', () => page.evaluate(() => document.activeElement?.getAttribute('type') === 'search'))
  for (const count of [1, 2]) {
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await until(`${count} chosen`, async () => new URL(page.url()).searchParams.getAll('f.country').length === count)
  }
  await page.keyboard.press('Escape')
  await until('the focus at the filter', async () => /^Country/.test(await focused(page)))

  const chips = page.locator('.board-chips .chip')
  const second = await chips.nth(1).innerText()
  await chips.first().focus()
  await page.keyboard.press('Enter')
  await until('the focus at the other filter', async () => (await focused(page)).includes(second.split('\n')[0].trim()))
  await page.keyboard.press('Enter')
  await until('no filter', async () => (await chips.count()) === 0)
  await until('the focus at the board', () => page.evaluate(() => document.activeElement.classList.contains('board')))
})
