// With users: a login page, a viewer who sees dashboards and nothing else, an operator who sees all.
import assert from 'node:assert/strict'
import { accessible, browse, shot, until } from './lib.mjs'

const quiet = ['401', '403']

async function login(page, user, password) {
  await page.getByLabel(/user/i).first().fill(user)
  await page.getByLabel(/password/i).first().fill(password)
  await page.getByRole('button', { name: /log in|sign in/i }).click()
}

await browse(async (open) => {
  const page = await open('/d/orders', 'desktop', quiet)
  await page.getByLabel(/password/i).first().waitFor()
  await accessible(page, 'login')
  await shot(page, 'login')
  await login(page, 'anna', 'wrong')
  await page.getByRole('alert').waitFor()
  await login(page, 'anna', process.env.VIEWER)
  await until('the dashboard', async () => (await page.locator('.panel').count()) > 3)
  assert.equal(await page.getByRole('link', { name: 'Quarantine' }).count(), 0, 'a viewer sees the way to the quarantine')
  for (const path of ['/api/v1/status', '/api/v1/monitor', '/api/v1/tables', '/api/v1/trace?key=1', '/metrics']) {
    assert.equal((await page.request.get(new URL(path, page.url()).href)).status(), 403, path)
  }
  await page.goto(new URL('/quarantine', page.url()).href)
  await page.locator('main').waitFor()
  await shot(page, 'viewer-refused')

  const operator = await open('/path', 'desktop', quiet)
  await login(operator, 'otto', process.env.OPERATOR)
  await until('the path', async () => (await operator.locator('.path-step').count()) === 5)
  const [cookie] = await operator.context().cookies()
  assert.equal(cookie.httpOnly, true)
  assert.equal(cookie.sameSite, 'Strict')
})
