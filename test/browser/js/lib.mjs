// What the scenarios share: a browser that fails on any error of a page, the three looks, and axe.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const { PAGE_URL: url, PENSTOCK: binary, DATA: data, SCREENSHOTS: shots } = process.env

export const looks = {
  desktop: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
}

/** screens are sizes that only some pages are looked at in. */
export const screens = {
  wall: { viewport: { width: 3840, height: 2160 } },
  laptop: { viewport: { width: 1366, height: 768 } },
}

/** browse runs a scenario in a browser of its own. Whatever a page logs as an error fails it, unless it is expected. */
export async function browse(scenario) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  const faults = []
  async function open(path, look = 'desktop', expected = [], more = {}) {
    const context = await browser.newContext({ ...(looks[look] ?? screens[look]), locale: 'en-GB', timezoneId: 'Europe/Berlin', ...more })
    const page = await context.newPage()
    page.setDefaultTimeout(120_000)
    const note = (text) => expected.some((e) => text.includes(e)) || faults.push(`${path}: ${text}`)
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && note(message.text()))
    page.on('pageerror', (error) => note(String(error)))
    page.on('dialog', (dialog) => { faults.push(`${path}: a dialog opened: ${dialog.message()}`); void dialog.dismiss() })
    await page.goto(new URL(path, url).href)
    return page
  }
  try {
    await scenario(open)
    assert.deepEqual(faults, [])
  } finally {
    await browser.close()
  }
}

/** number is what a number tile shows, without its separators. */
export async function number(page, title) {
  const text = await panel(page, title).locator('.figure-value').innerText()
  return Number(text.replace(/[^0-9.-]/g, ''))
}

export const panel = (page, title) => page.locator('.panel').filter({ has: page.getByRole('heading', { name: title }) }).first()

/** until waits for a condition, looking again and again, and says what it waited for. */
export async function until(what, condition, seconds = 120) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    if (await condition().catch(() => false)) return
    if (Date.now() > end) assert.fail(`waited ${seconds} s for ${what}`)
    await new Promise((done) => setTimeout(done, 100))
  }
}

/** penstock runs the command line and gives what it printed. */
export function penstock(...args) {
  return new Promise((done, fail) => {
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (out += chunk))
    child.on('close', (code) => (code === 0 ? done(out) : fail(new Error(`penstock ${args.join(' ')} ended with ${code}: ${out}`))))
  })
}

export const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** accessible fails on what axe-core calls serious or critical, and on a page that scrolls sideways. */
export async function accessible(page, name) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  const grave = violations.filter((v) => ['serious', 'critical'].includes(v.impact))
  assert.deepEqual(grave.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(' | ')}`), [])
  const [wide, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  assert.ok(wide <= visible, `${name} scrolls sideways: ${wide} of ${visible}`)
}
