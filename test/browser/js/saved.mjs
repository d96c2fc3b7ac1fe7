// What a reader saves: the CSV is the warehouse's own text whatever the reader's language, and the PNG has the colours of the page.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { browse, panel, shots, until } from './lib.mjs'

async function save(page, title, what) {
  await panel(page, title).getByRole('button', { name: `${title}: more` }).click()
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByText(`Download ${what}`).click()])
  return { name: saved.suggestedFilename(), bytes: await readFile(await saved.path()) }
}

/** corners are the colours of a picture at its corner and how many different ones it has. */
const look = (page, bytes) => page.evaluate(async (data) => {
  const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: 'image/png' }))
  const pen = new OffscreenCanvas(picture.width, picture.height).getContext('2d')
  pen.drawImage(picture, 0, 0)
  const { data: pixels } = pen.getImageData(0, 0, picture.width, picture.height)
  const light = (i) => pixels[i] + pixels[i + 1] + pixels[i + 2]
  let most = 0
  for (let i = 0; i < pixels.length; i += 4) if (Math.abs(light(i) - light(0)) > 300) most++
  return { corner: [...pixels.slice(0, 4)], apart: most, width: picture.width }
}, bytes.toString('base64'))

await browse(async (open) => {
  for (const [scheme, corner] of [['dark', [0x17, 0x1e, 0x22, 255]], ['light', [255, 255, 255, 255]]]) {
    const page = await open('/d/orders?range=all', 'desktop', [], { locale: 'de-DE', colorScheme: scheme, acceptDownloads: true })
    const chart = panel(page, 'Countries')
    await until('the chart', async () => (await chart.locator('canvas').count()) > 0 && (await page.locator('[aria-busy=true]').count()) === 0)
    await until('a number as Germans write it', async () => /\d\.\d{3},\d\d/.test(await panel(page, 'Revenue').locator('.figure-value').innerText()))
    const csv = await save(page, 'Countries', 'CSV')
    assert.equal(csv.name, 'orders-countries.csv')
    const text = csv.bytes.toString('utf8')
    assert.match(text, /^country,revenue\r\n[^,]+,\d+\.\d\d\r\n/)
    const direct = await page.request.get(new URL('/api/v1/dashboards/orders/charts/countries.csv?range=all', page.url()).href)
    assert.equal(text, await direct.text())
    const png = await save(page, 'Countries', 'PNG')
    assert.equal(png.name, 'orders-countries.png')
    await writeFile(join(shots, `saved-${scheme}.png`), png.bytes)
    const seen = await look(page, png.bytes)
    assert.deepEqual(seen.corner, corner)
    assert.ok(seen.apart > 2000 && seen.width > 500, `the picture has ${seen.apart} pixels that differ from its ground`)
  }
})
