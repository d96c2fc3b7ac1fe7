// The warehouse dies while a page is open: the page keeps what it has, says so, and comes back by itself.
import assert from 'node:assert/strict'
import { browse, data, number, penstock, shot, until } from './lib.mjs'

await browse(async (open) => {
  const quiet = ['Failed to load resource', 'net::ERR']
  const page = await open('/d/orders?range=all', 'desktop', quiet)
  await until('orders', async () => (await number(page, 'Orders')) > 0)
  const before = await number(page, 'Orders')
  process.kill(Number(process.env.CHILD), 'SIGKILL')
  await penstock('produce', '200', '--data', data)
  await until('the new orders, after the warehouse came back', async () => (await number(page, 'Orders')) === before + 200)

  const path = await open('/path', 'desktop', quiet)
  const warehouse = path.locator('.path-step').filter({ hasText: 'Warehouse' })
  await until('a warehouse that is well', async () => /ok/i.test(await warehouse.innerText()))
  await penstock('pause', 'loading', '--data', data)
  await penstock('produce', '100', '--data', data)
  await until('the paused step', async () => /paused/i.test(await warehouse.innerText()))
  await shot(path, 'path-paused')
  await penstock('resume', 'loading', '--data', data)
  await until('a warehouse that is well again', async () => /ok/i.test(await warehouse.innerText()))
  assert.equal(await path.locator('.path-step.fail').count(), 0)
})
