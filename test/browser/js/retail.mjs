// Nine months of real order lines: the known total, and the three countries that sold most.
import assert from 'node:assert/strict'
import { browse, number, panel, shot, until } from './lib.mjs'

const top = JSON.parse(process.env.TOP)

await browse(async (open) => {
  const page = await open('/d/retail')
  await until('5,761,931.38 in total', async () => (await number(page, 'Revenue')) === 5761931.38)
  for (const [country, revenue] of Object.entries(top)) {
    let rows = []
    await until(`${country} with ${revenue}`, async () => {
      rows = await panel(page, 'countries').locator('tr').allInnerTexts()
      return rows.some((row) => row.includes(country) && row.replace(/[^0-9.]/g, '').includes(revenue))
    }).catch((error) => assert.fail(`${error.message}; there is ${rows.join('; ')}`))
  }
  await shot(page, 'retail')
})
