/**
 * The pictures of the README, from a running web application:
 *
 *   SHELFLINE_PICTURES_PASSWORD=… node scripts/pictures.ts --address http://127.0.0.1:18080 --person admin [--store 367 --product milk --order PO-…]
 *
 * Each page is opened in the browser of the machine and written to `docs/pictures/` as WebP. The order, the store and the product are the
 * first that the lists lead to, unless they are named.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { chromiumPath } from '../web/testing.ts'

const { values: flags } = parseArgs({
  options: {
    address: { type: 'string', default: 'http://127.0.0.1:18080' },
    person: { type: 'string', default: 'admin' },
    store: { type: 'string' },
    product: { type: 'string' },
    order: { type: 'string' },
  },
})

const FOLDER = join(import.meta.dirname, '..', 'docs', 'pictures')
const WINDOW = { width: 1_280, height: 800 }
const QUALITY = 80

/** What a picture shows: an address, or the first entry of a list. */
interface Picture {
  name: string
  find(page: Page): Promise<string>
  schemes: readonly ('light' | 'dark')[]
}

const firstOf = (list: string) => async (page: Page) => {
  await page.goto(flags.address + list)
  const href = await page.locator('main a.title').first().getAttribute('href')
  if (href === null) throw new Error(`pictures: ${list} is empty; look at an instance on which something was simulated`)
  return href
}
const at = (path: string) => async () => path
const item =
  flags.store === undefined || flags.product === undefined
    ? firstOf('/stock')
    : at(`/stock/${encodeURIComponent(flags.store)}/${encodeURIComponent(flags.product)}`)

const pictures: readonly Picture[] = [
  { name: 'today', find: at('/'), schemes: ['light'] },
  {
    name: 'store-map',
    find: flags.store === undefined ? firstOf('/map') : at(`/map/${encodeURIComponent(flags.store)}`),
    schemes: ['light', 'dark'],
  },
  { name: 'item', find: item, schemes: ['light'] },
  {
    name: 'order',
    find: flags.order === undefined ? firstOf('/orders') : at(`/orders/${encodeURIComponent(flags.order)}?line=1`),
    schemes: ['light'],
  },
  { name: 'data', find: at('/data'), schemes: ['light'] },
  { name: 'streams', find: at('/streams'), schemes: ['light', 'dark'] },
]

if (chromiumPath === undefined) throw new Error('pictures: this machine has no Chromium')
const password = process.env.SHELFLINE_PICTURES_PASSWORD
if (password === undefined)
  throw new Error(`pictures: SHELFLINE_PICTURES_PASSWORD is not set: the password of ${flags.person}`)
mkdirSync(FOLDER, { recursive: true })
const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
try {
  for (const scheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: WINDOW, colorScheme: scheme, locale: 'en-GB' })
    const page = await context.newPage()
    await page.goto(`${flags.address}/sign-in`)
    await page.locator('[name=name]').fill(flags.person)
    await page.locator('[name=password]').fill(password)
    await page.locator('form button').click()
    await page.locator('main .head h1').waitFor()
    for (const { name, find, schemes } of pictures) {
      if (!schemes.includes(scheme)) continue
      await page.goto(flags.address + (await find(page)), { waitUntil: 'load' })
      const live = page.locator('[data-live-state]')
      if ((await live.count()) > 0) await page.locator('[data-live-state][data-state=live]').waitFor()
      const client = await context.newCDPSession(page)
      const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
      const file = join(FOLDER, `${name}${scheme === 'dark' ? '-dark' : ''}.webp`)
      const bytes = Buffer.from(data, 'base64')
      writeFileSync(file, bytes)
      console.log(`${file}: ${Math.round(bytes.length / 1_000)} kB`)
    }
    await context.close()
  }
} finally {
  await browser.close()
}
