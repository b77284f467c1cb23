/** An order that can't reach its supplier, as its owner sees it: a worker process, the command, PostgreSQL and Temporal. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { seedOrder, seedSupply } from '../activities/purchase-orders/testing.ts'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { ensureSearchAttributes } from '../platform/temporal/search-attributes.ts'
import { BATCH_TASK_QUEUE, connectTemporal } from '../platform/temporal/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { searchAttributeNames } from '../workflows/search-attributes.ts'

const ROOT = join(import.meta.dirname, '..')
const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`
const patiently = { timeout: 90_000, interval: 500 }

let database: TestDatabase
let settings: Settings
let pool: Pool
let client: Client
let supplier: Server
let worker: ChildProcess | undefined
let isAway = true
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const temporalNamespace = `test-${randomBytes(6).toString('hex')}`
  settings = { ...database.settings, temporalNamespace }
  pool = createPool(settings, createLogger({ logLevel: 'error' }, 'test'))
  client = await connectTemporal(settings)
  await client.connection.workflowService.registerNamespace({
    namespace: temporalNamespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  })
  await vi.waitFor(() => ensureSearchAttributes(client, searchAttributeNames), { timeout: 60_000, interval: 200 })
  supplier = createServer((request, response) => {
    request.resume()
    response.writeHead(isAway ? 503 : 200).end(isAway ? 'closed for the night' : '{}')
  })
  await new Promise<void>((listening) => supplier.listen(0, '127.0.0.1', listening))
  await seedSupply(pool, 'webhook', `http://127.0.0.1:${(supplier.address() as AddressInfo).port}/`)
})
afterAll(async () => {
  worker?.kill('SIGKILL')
  supplier?.closeAllConnections()
  supplier?.close()
  await client?.connection.close()
  await pool?.end()
  await database?.drop()
})

const environment = () => ({
  ...process.env,
  SHELFLINE_POSTGRES_URL: settings.postgresUrl,
  SHELFLINE_TEMPORAL_NAMESPACE: settings.temporalNamespace,
  SHELFLINE_SUPPLIER_WEBHOOK_SECRETS: `acme=${secret}`,
  SHELFLINE_LOG_LEVEL: 'info',
  SHELFLINE_HTTP_PORT: '0',
})

async function startWorker(): Promise<void> {
  worker = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), 'worker', 'batch'], { cwd: ROOT, env: environment() })
  worker.stderr!.resume()
  for await (const line of createInterface({ input: worker.stdout! })) if (line.includes('metrics are served')) break
  worker.stdout!.resume()
}

const shelfline = async (...words: string[]) =>
  (
    await promisify(execFile)(process.execPath, [join(ROOT, 'cli', 'main.ts'), ...words], {
      cwd: ROOT,
      env: environment(),
    })
  ).stdout
const show = async (id: string) => JSON.parse(await shelfline('orders', 'show', id, '--json'))

test('attempts, the last error and the next try are shown, an alert opens, and both go when it was sent', async () => {
  await startWorker()
  const id = await seedOrder(pool, { lines: { tea: 6 } })
  const args = [{ purchaseOrderId: id }]
  await client.workflow.start('purchaseOrder', {
    taskQueue: BATCH_TASK_QUEUE,
    workflowId: `purchase-order-${id}`,
    args,
  })
  const attempts = async () =>
    (await pool.query('select coalesce(max(attempts), 0) as attempts from ops.activity_retry')).rows[0].attempts
  await expect.poll(attempts, patiently).toBeGreaterThanOrEqual(5)

  const { status, sending, retries } = await show(id)
  expect(status).toBe('approved')
  expect(sending).toMatchObject({ what: 'order', state: 'retried', lastError: expect.stringContaining('answered 503') })
  expect(sending.attempts).toBeGreaterThanOrEqual(5)
  expect(Date.parse(sending.nextTryAt)).toBeGreaterThan(Date.parse(sending.lastTriedAt))
  expect(retries).toMatchObject([{ activity: 'sendPurchaseOrder' }])
  expect(await shelfline('orders', 'show', id)).toMatch(
    /Not sent yet: failed \d+ times, last at .*answered 503: closed for the night; next retry at .*orders cancel/,
  )
  await pool.query('select ops.observe_alerts(ops.now(), 100)')
  const { alerts } = JSON.parse(await shelfline('alerts', 'list', '--type', 'supplier_delay', '--json'))
  expect(alerts).toMatchObject([
    { severity: 'critical', message: expect.stringContaining('Acme has not received it after') },
  ])

  isAway = false
  await expect.poll(async () => (await show(id)).status, patiently).toBe('sent')
  expect(await show(id)).toMatchObject({ sending: null, retries: [] })
})
