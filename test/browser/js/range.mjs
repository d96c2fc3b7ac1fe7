// A range of the reader's own is of their clock, on the day it is changed, too; the address has it in UTC, and back takes it away.
import assert from 'node:assert/strict'
import { browse, until } from './lib.mjs'

const choose = async (page, from, to) => {
  await page.locator('.board-tools button').first().click()
  await page.getByLabel('From').fill(from)
  await page.getByLabel('To', { exact: true }).fill(to)
  await page.getByRole('button', { name: 'Show', exact: true }).click()
}
const asked = (page) => ['from', 'to', 'range'].map((name) => new URL(page.url()).searchParams.get(name))

await browse(async (open) => {
  const berlin = await open('/d/orders?range=24h')
  await berlin.locator('.figure-value').first().waitFor()
  // Europe/Berlin leaves out 02:00 to 03:00 on this day: three hours of the clock are two.
  await choose(berlin, '2026-03-29T01:00', '2026-03-29T04:00')
  await until('the range', async () => asked(berlin)[0] !== null)
  assert.deepEqual(asked(berlin), ['2026-03-29T00:00:00.000Z', '2026-03-29T02:00:00.000Z', null])
  const label = berlin.locator('.board-tools button').first()
  assert.match(await label.innerText(), /01:00\s*–\s*04:00/)
  await label.click()
  assert.deepEqual([await berlin.getByLabel('From').inputValue(), await berlin.getByLabel('To', { exact: true }).inputValue()], ['2026-03-29T01:00', '2026-03-29T04:00'])
  await berlin.keyboard.press('Escape')
  await until('nothing in that night', async () => (await berlin.getByText('Nothing in this time').count()) > 0)

  // The same link in Tokyo is the same night, by another clock.
  const tokyo = await open(new URL(berlin.url()).pathname + new URL(berlin.url()).search, 'desktop', [], { timezoneId: 'Asia/Tokyo', locale: 'ja-JP' })
  await until('the range by another clock', async () => /9[:時]00.*11[:時]00/.test(await tokyo.locator('.board-tools button').first().innerText()))

  await berlin.goBack()
  await until('the range before', async () => /Last 24 hours/.test(await label.innerText()))
  await berlin.goForward()
  await until('the range again', async () => /01:00/.test(await label.innerText()))
  await berlin.getByRole('button', { name: 'Show all time' }).first().click()
  await until('all time', async () => asked(berlin)[2] === 'all')
})
