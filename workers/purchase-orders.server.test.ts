/** Orders as they run: worker processes that are killed at every step, a supplier by webhook, PostgreSQL and Temporal. */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Client } from '@temporalio/client'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { seedDecision, seedOrder, seedSupply } from '../activities/purchase-orders/testing.ts'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { ensureSearchAttributes } from '../platform/temporal/search-attributes.ts'
import { BATCH_TASK_QUEUE, connectTemporal } from '../platform/temporal/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { named } from '../services/access/testing.ts'
import { decideOrder } from '../services/purchase-orders/decisions.ts'
import { searchAttributeNames } from '../workflows/search-attributes.ts'

const ROOT = join(import.meta.dirname, '..')
const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`
const ORDERS = 4
/**
 * A killed worker's workflow task is another's after so long; by default it is 10 s, and the test would mostly wait. On a busy
 * machine a worker's first task takes more than 2 s: with that little it would fail again and again, each time after a longer pause.
 */
const WORKFLOW_TASK_TIMEOUT = '5 seconds'

let database: TestDatabase
let settings: Settings
let pool: Pool
let client: Client
let supplier: Server
/** How often the supplier was asked to take each order. */
const asked = new Map<string, number>()
/** Every order has reached the supplier. */
const takenByAll = Promise.withResolvers<void>()
const workers: ChildProcess[] = []

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
  supplier = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    new Webhook(secret).verify(body, request.headers as Record<string, string>)
    const id = request.headers['webhook-id'] as string
    asked.set(id, (asked.get(id) ?? 0) + 1)
    // Every order is taken; its sender gets no answer the first time.
    if (asked.get(id) === 1) {
      if (asked.size === ORDERS) takenByAll.resolve()
      return
    }
    response.end('{}')
  })
  await new Promise<void>((listening) => supplier.listen(0, '127.0.0.1', listening))
  await seedSupply(pool, 'webhook', `http://127.0.0.1:${(supplier.address() as AddressInfo).port}/`)
})
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  supplier?.closeAllConnections()
  supplier?.close()
  await client?.connection.close()
  await pool?.end()
  await database?.drop()
})

async function startWorker(): Promise<void> {
  const environment = {
    ...process.env,
    SHELFLINE_POSTGRES_URL: settings.postgresUrl,
    SHELFLINE_TEMPORAL_NAMESPACE: settings.temporalNamespace,
    SHELFLINE_SUPPLIER_WEBHOOK_SECRETS: `acme=${secret}`,
    SHELFLINE_LOG_LEVEL: 'info',
    SHELFLINE_BATCH_CONCURRENCY: String(ORDERS),
  }
  const worker = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), 'worker', 'batch'], {
    cwd: ROOT,
    env: environment,
  })
  workers.push(worker)
  worker.stderr.resume()
  for await (const line of createInterface({ input: worker.stdout })) if (line.includes('metrics are served')) break
  worker.stdout.resume()
}

/** Kills every worker at once; one is started in their place. */
async function replaceWorkers(): Promise<void> {
  const dying = workers.splice(0)
  await Promise.all(
    dying.map(async (worker) => {
      const ended = once(worker, 'exit')
      worker.kill('SIGKILL')
      await ended
    }),
  )
  await startWorker()
}

const rows = async (text: string, ...values: unknown[]) => (await pool.query(text, values)).rows
const statuses = async () =>
  (await rows('select status from ops.purchase_order order by purchase_order_id')).map(({ status }) => status)
const reach = (status: string) =>
  expect.poll(statuses, { timeout: 90_000, interval: 200 }).toEqual(Array(ORDERS).fill(status))

test('workers that are killed at every step: every order reaches its supplier, once', async () => {
  await Promise.all([startWorker(), startWorker()])
  const ids: string[] = []
  for (let at = 0; at < ORDERS; at += 1) ids.push(await seedOrder(pool, { location: `place${at}` }))
  const start = (id: string) =>
    client.workflow.start('purchaseOrder', {
      taskQueue: BATCH_TASK_QUEUE,
      workflowId: `purchase-order-${id}`,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      args: [{ purchaseOrderId: id }],
    })
  await Promise.all(ids.map(start))
  await replaceWorkers()
  await reach('awaiting_approval')

  // A click while the workers die is answered by the next; clicking again with the same id changes nothing.
  const approve = async (id: string) => {
    const decision = await seedDecision(pool, id, 'approve', 'ann', {})
    const handle = client.workflow.getHandle(`purchase-order-${id}`)
    return handle.executeUpdate('approve', { args: [{ decision }], updateId: `click-${id}` })
  }
  const clicks = ids.flatMap((id) => [approve(id), approve(id)])
  await replaceWorkers()
  await Promise.all(clicks)
  await takenByAll.promise
  await replaceWorkers()
  await reach('sent')

  expect([...asked.keys()].sort()).toEqual(ids.map((id) => `${id}-r3`).sort())
  expect(Math.min(...asked.values())).toBeGreaterThan(1)
  const story = await rows(
    `select purchase_order_id, string_agg(action, ' ' order by action_id) as story
     from ops.purchase_order_action group by 1 order by 1`,
  )
  expect(story.map(({ story }) => story)).toEqual(Array(ORDERS).fill('submit approve send'))
})

test('a decision is asked of the order’s workflow, and refused with a code', async () => {
  const dependencies = { pool, temporal: client }
  const sent = (await rows('select purchase_order_id as id from ops.purchase_order limit 1'))[0].id as string
  const decide = (id: string, revision?: number) =>
    decideOrder(dependencies, id, 'approve', { by: named('bob'), ...(revision && { revision }) })
  await expect(decide(sent)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(sent) })
  await expect(decide('PO-none')).rejects.toMatchObject({ code: 'not_found' })
  const edit = { by: named('bob'), line: 1, quantity: 'many', reasonCode: 'stock' }
  await expect(decideOrder(dependencies, sent, 'edit', edit)).rejects.toMatchObject({ code: 'invalid' })
  const cancel = () =>
    decideOrder(dependencies, sent, 'cancel', { by: named('bob'), why: 'no longer needed', requestId: 'click' })
  const answers = await Promise.all([cancel(), cancel()])
  expect(answers[0]).toMatchObject({ purchaseOrderId: sent, status: 'cancelled' })
  expect(answers[1]).toEqual(answers[0])
})
