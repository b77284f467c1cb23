/** What people decide in a browser, with the servers and the batch worker that carry it out. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { seedOrder } from '../activities/purchase-orders/testing.ts'
import { rawTable, rawTableName } from '../lake/raw-table.ts'
import { openTestLake, type TestLake } from '../lake/testing.ts'
import { createKafka } from '../platform/kafka/kafka.ts'
import { applyTopics, wantedTopics } from '../platform/kafka/topics.ts'
import { createLogger } from '../platform/log.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { ensureSearchAttributes } from '../platform/temporal/search-attributes.ts'
import { BATCH_TASK_QUEUE, connectTemporal } from '../platform/temporal/temporal.ts'
import { purchaseOrderState } from '../workflows/purchase-orders/purchase-order.ts'
import { searchAttributeNames } from '../workflows/search-attributes.ts'
import { chromiumPath, openWebWorld, sessionOf, type WebWorld } from './testing.ts'

const ROOT = join(import.meta.dirname, '..')
const patiently = { timeout: 90_000, interval: 500 }

describe.skipIf(chromiumPath === undefined)(
  `in a browser${chromiumPath ? '' : ' (skipped: this machine has no Chromium)'}`,
  () => {
    let world: WebWorld
    let temporal: Client
    const workers: ChildProcess[] = []
    let lake: TestLake | undefined
    let browser: Browser
    const problems: string[] = []

    beforeAll(async () => {
      // Its worker takes no work of other tests.
      const temporalNamespace = `test-${randomBytes(6).toString('hex')}`
      const instance = loadSettings()
      temporal = await connectTemporal({ ...instance, temporalNamespace })
      await temporal.connection.workflowService.registerNamespace({
        namespace: temporalNamespace,
        workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
      })
      await vi.waitFor(() => ensureSearchAttributes(temporal, searchAttributeNames), { timeout: 60_000, interval: 200 })
      const kafka = createKafka(instance, 'test', createLogger({ logLevel: 'error' }, 'test'))
      await applyTopics(kafka, wantedTopics(instance))
      world = await openWebWorld({ SHELFLINE_TEMPORAL_NAMESPACE: temporalNamespace })
      const { postgresUrl, lakePrefix } = world.settings
      const env = {
        ...process.env,
        SHELFLINE_POSTGRES_URL: postgresUrl,
        SHELFLINE_LAKE_PREFIX: lakePrefix,
        SHELFLINE_TEMPORAL_NAMESPACE: temporalNamespace,
        SHELFLINE_HTTP_PORT: '0',
      }
      for (const words of [['batch'], ['stream', '--processors', 'reference_data']]) {
        workers.push(spawn(join(ROOT, 'shelfline'), ['worker', ...words], { stdio: 'ignore', env }))
      }
      // What it builds is made from this, which no stream has written here.
      lake = await openTestLake(lakePrefix)
      await lake.lake.ensureTable(rawTableName('pos_transactions'), rawTable('pos_transactions'))
      browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] })
    })

    afterAll(async () => {
      await browser?.close()
      for (const worker of workers.filter(({ exitCode }) => exitCode === null)) {
        const ended = once(worker, 'exit')
        worker.kill('SIGKILL')
        await ended
      }
      await lake?.close()
      await temporal?.connection.close()
      await world?.close()
    })

    const contexts = new Map<string, BrowserContext>()
    async function pageOf(person: string): Promise<Page> {
      const known = contexts.get(person) ?? (await browser.newContext({ locale: 'en-GB' }))
      if (!contexts.has(person)) {
        contexts.set(person, known)
        const [name, value] = (await sessionOf(world, person)).split('=')
        await known.addCookies([{ name: name!, value: value!, url: world.url }])
        known.on(
          'console',
          (message) => message.type() === 'error' && problems.push(`${message.location().url}: ${message.text()}`),
        )
      }
      return known.newPage()
    }
    const value = async <Value>(query: string, ...values: unknown[]) =>
      Object.values((await world.pool.query<Record<string, Value>>(query, values)).rows[0] ?? {})[0] as Value

    test('an order is edited by one person and approved by another, and its workflow sends it', async () => {
      const order = await seedOrder(world.pool, { location: 'W1', date: '2026-11-30', lines: { tea: 240 } })
      await world.pool.query(
        `update ops.purchase_order_line set explanation = (select explanation from ops.purchase_order_line where purchase_order_id = 'PO-acme-W1-20261121' and line_no = 3)
         where purchase_order_id = $1`,
        [order],
      )
      const handle = await temporal.workflow.start('purchaseOrder', {
        taskQueue: BATCH_TASK_QUEUE,
        workflowId: `purchase-order-${order}`,
        args: [{ purchaseOrderId: order }],
      })
      const status = () => value('select status from ops.purchase_order where purchase_order_id = $1', order)
      await expect.poll(status, patiently).toBe('awaiting_approval')
      const editor = await pageOf('ann')
      await editor.goto(`${world.url}/orders/${order}?line=1`)
      await editor.fill('#why [name=quantity]', '252')
      await editor.fill('#why [name=why]', 'school party')
      await editor.getByRole('button', { name: 'Change quantity' }).click()
      await editor.locator('td[data-column=quantity]', { hasText: 'proposed 240' }).waitFor()
      const approver = await pageOf('bob')
      await approver.goto(`${world.url}/orders?status=awaiting_approval`)
      await approver.locator('a.title', { hasText: order }).click()
      await approver.getByRole('button', { name: /^Approve · / }).click()
      await approver.locator('.toast').waitFor()
      await expect.poll(status, patiently).toBe('sent')
      expect(await handle.query(purchaseOrderState)).toMatchObject({ status: 'sent' })
      await approver.reload()
      expect(await approver.locator('ol.history').textContent()).toMatch(
        /Send by shelfline.*Approve by bob.*Edit line 1 by ann.*school party/s,
      )
    })

    test('a cell of the ledger is planned, and built when the plan is applied', async () => {
      const page = await pageOf('dan')
      await expect
        .poll(() => value<number>(`select count(*)::integer from ops.assets where asset = 'dim_price'`), patiently)
        .toBe(1)
      await page.goto(`${world.url}/data/backfills`)
      await page.fill('[name=assets]', 'cleansed/sales')
      await page.fill('[name=from]', '2026-11-20')
      await page.fill('[name=to]', '2026-11-20')
      await page.check('[name=force]')
      await page.check('[name=withoutDownstream]')
      await page.getByRole('button', { name: 'Plan', exact: true }).click()
      await page.waitForURL('**/data/backfills/*')
      await page.locator('.facts', { hasText: '0 of 1' }).waitFor()
      await page.getByRole('button', { name: 'Apply' }).click()
      await page.locator('.toast.done', { hasText: 'runs' }).waitFor()
      const plan = page.url().split('/').at(-1)!
      const cell = () => value('select status from ops.backfill_cells where plan = $1', plan)
      await expect.poll(cell, patiently).toBe('succeeded')
      await page.reload()
      await page.locator('.facts', { hasText: '1 of 1' }).waitFor()
    })

    test('a version of a model is promoted with a reason', async () => {
      const page = await pageOf('dan')
      await page.goto(`${world.url}/models/demand/2`)
      await page.fill('[name=why]', 'orders by it cost less')
      await page.getByRole('button', { name: 'Make it the champion' }).click()
      await page.locator('.toast').waitFor()
      expect(
        await value(
          `select changed_by || ': ' || reason from ops.model_alias_log where model_name = 'demand' and version = 2`,
        ),
      ).toBe('dan: orders by it cost less')
      await page.goto(`${world.url}/models/demand`)
      expect(await page.locator('main').textContent()).toContain('orders by it cost less')
    })

    test('a dead letter is corrected and replayed', async () => {
      const page = await pageOf('dan')
      await page.goto(`${world.url}/dead-letters?topic=foot_traffic`)
      await page.locator('main a.title').first().click()
      const field = page.locator('textarea[name=payload]')
      await field.fill((await field.inputValue()).replace('-3', '3'))
      await page.getByRole('button', { name: 'Replay' }).click()
      await page.getByText('1 dead letter sent again').waitFor()
      const letter = Number(page.url().split('/').at(-1))
      expect(await value('select status from ops.dead_letters where letter_id = $1', letter)).toBe('replayed')
    })

    test('a rack is moved by keys and by the pointer, taken back, checked and saved; what others have changed is not lost', async () => {
      const page = await pageOf('ann')
      await page.goto(`${world.url}/map/412/edit`)
      const rack = page.locator('[data-rack=S00]')
      await rack.focus()
      for (let pressed = 0; pressed < 3; pressed += 1) await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Control+z')
      expect(await rack.getAttribute('aria-label')).toBe('Rack of S00, S04, 0.5 m from the left, 1 m from the back')
      const y = (shelf: string) =>
        value<string>(`select y::text from ref.store_layout where store_id = '412' and shelf_id = $1`, shelf)
      await page.getByRole('button', { name: 'Dry run' }).click()
      await page.getByText('2 shelves would change: S00 moved, S04 moved').waitFor()
      expect(await y('S00')).toBe('0.8')

      const version = await page.locator('[name=version]').first().inputValue()
      const corner = page.locator('[data-rack=S00]')
      const box = (await corner.boundingBox())!
      await page.mouse.move(box.x + 8, box.y + 8)
      await page.mouse.down()
      await page.mouse.move(box.x + 8, box.y + 8 + box.height * 0.6, { steps: 4 })
      await page.mouse.up()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('2 shelves changed: S00 moved, S04 moved').waitFor({ timeout: 60_000 })
      expect(Number(await y('S00'))).toBeGreaterThan(0.8)
      expect(await y('S04')).toBe(await y('S00'))

      const post = async (body: object) => {
        const answer = await fetch(`${world.url}/api/v1/map/412/layout`, {
          method: 'POST',
          headers: { origin: world.url, 'content-type': 'application/json', cookie: await sessionOf(world, 'ann') },
          body: JSON.stringify(body),
        })
        return { status: answer.status, ...((await answer.json()) as { detail?: string; title?: string }) }
      }
      const onto = { shelf: ['S01'], x: ['0.6'], y: ['1.2'], width: ['1.2'], depth: ['0.7'], level: ['1'] }
      expect(await post({ ...onto, version })).toMatchObject({ status: 409 })
      const newer = await page.locator('[name=version]').first().inputValue()
      expect(await post({ ...onto, version: newer })).toMatchObject({
        status: 400,
        detail: expect.stringContaining('S01 overlaps S0'),
      })
      expect(await post({ ...onto, version: newer, x: ['1000'] })).toMatchObject({
        status: 400,
        detail: expect.stringContaining('not on the floor'),
      })
      expect(await post({ ...onto, version: newer, shelf: ['S99'] })).toMatchObject({ status: 404 })
      // Of two who save at once one gets a conflict, although both have seen the newest layout.
      const aside = { ...onto, version: newer, shelf: ['S70'], y: ['30'] }
      const both = await Promise.all([post({ ...aside, x: ['30'] }), post({ ...aside, x: ['40'] })])
      expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    })

    test('a shelf is taken from the floor without script', async () => {
      const known = await fetch(`${world.url}/map/412/edit?shelf=S70`, {
        headers: { cookie: await sessionOf(world, 'ann') },
      })
      const version = /name="version" value="([^"]+)"/.exec(await known.text())![1]!
      const answer = await fetch(`${world.url}/map/412/layout`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: world.url, cookie: await sessionOf(world, 'ann') },
        body: new URLSearchParams({ version, shelf: 'S70', x: '1', remove: 'true', back: '/map/412/edit' }),
      })
      expect(answer.headers.get('location')).toBe('/map/412/edit')
      expect(await value(`select is_removed from ref.store_layout where store_id = '412' and shelf_id = 'S70'`)).toBe(
        true,
      )
    })

    test.each([
      '/alerts?severity=critical&store=367',
      '/orders?status=sent&supplier=acme',
      '/stock?store=367&risk=0.5&sort=fill',
      '/forecasts?store=367&daysAhead=7&by=store',
      '/forecasts/overrides?store=406&state=over',
      '/whatif?leadTimeDays=2&location=W1',
      '/deliveries?state=late',
      '/data?from=2026-11-01&to=2026-11-28',
      '/dead-letters?topic=foot_traffic&status=replayed',
      '/map/367?layer=risk&product=milk',
    ])('a reload keeps every filter of %s', async (path) => {
      const page = await pageOf('ann')
      await page.goto(world.url + path)
      const shown = () =>
        page
          .locator('main')
          .evaluate((main) =>
            [...main.querySelectorAll('select, input[name], [aria-current]')].map(
              (one) => (one as HTMLInputElement).value ?? one.textContent,
            ),
          )
      const before = await shown()
      await page.reload()
      expect(await shown()).toEqual(before)
      expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(path)
      for (const [name, wanted] of new URL(world.url + path).searchParams) {
        const field = page.locator(`main [name=${name}]`)
        if ((await field.count()) > 0) expect(await field.first().inputValue(), name).toBe(wanted)
      }
      await page.close()
    })

    test('no page has reported an error', () => expect(problems).toEqual([]))
  },
)
