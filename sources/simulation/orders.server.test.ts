/** A world whose warehouse is replenished by purchase orders: stream processors, a batch worker and Temporal as they run. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { evaluateRisk } from '../../activities/live-state/stock-out-risk.ts'
import { composeNotifications } from '../../activities/notifications/notifications.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { ensureSearchAttributes } from '../../platform/temporal/search-attributes.ts'
import { connectTemporal } from '../../platform/temporal/temporal.ts'
import { processorNames } from '../../streams/runtime/runtime.ts'
import { createWorld as createTestBed, type World as TestBed } from '../../streams/testing/world.ts'
import { searchAttributeNames } from '../../workflows/search-attributes.ts'
import { silent } from '../testing.ts'
import type { WorldOptions } from './options.ts'
import { type SimulationResult, simulate } from './simulate.ts'
import { offlinePattern, smallWorld } from './testing.ts'
import { World } from './world.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** What is ordered on the second morning, when a day has been seen, comes on the third. The seed decides who does what. */
const about: WorldOptions = {
  ...smallWorld({
    stores: 1,
    days: 3,
    from: '2024-11-18',
    products: 16,
    visitsPerDay: 200,
    seed: 7,
  }),
  orders: true,
}

let bed: TestBed
let temporal: Client
let worker: ChildProcess
let home: string
let result: SimulationResult

beforeAll(async () => {
  bed = await createTestBed()
  home = mkdtempSync(join(tmpdir(), 'shelfline-simulation-'))
  const temporalNamespace = `test-${randomBytes(6).toString('hex')}`
  const settings = { ...bed.settings, temporalNamespace, home }
  temporal = await connectTemporal(settings)
  await temporal.connection.workflowService.registerNamespace({
    namespace: temporalNamespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  })
  await vi.waitFor(() => ensureSearchAttributes(temporal, searchAttributeNames), { timeout: 60_000, interval: 200 })
  worker = await startWorker(settings)
  const pattern = await offlinePattern()
  await seedRoutes(new World(about, pattern))
  const streams = await bed.start(processorNames.filter((name) => name !== 'raw_sink'))
  result = await simulate({
    world: about,
    pattern,
    speed: 'max',
    tickMinutes: 240,
    evaluate: async (pool, asOf) => {
      await evaluateRisk(pool, asOf, () => undefined)
    },
    notify: async (pool, asOf) => {
      await composeNotifications(pool, asOf)
    },
    temporal,
    settings,
    logger: silent,
    signal: new AbortController().signal,
    topicSuffix: bed.topics.suffix,
  })
  await streams.stop()
}, 120_000)

afterAll(async () => {
  worker?.kill('SIGKILL')
  await temporal?.connection.close()
  await bed?.close()
  rmSync(home, { recursive: true, force: true })
})

async function startWorker(settings: Settings): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), 'worker', 'batch'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      SHELFLINE_POSTGRES_URL: settings.postgresUrl,
      SHELFLINE_TEMPORAL_NAMESPACE: settings.temporalNamespace,
      SHELFLINE_LOG_LEVEL: 'info',
    },
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the batch worker ended with ${code}`)
  })
  ended.catch(() => undefined)
  const isReady = async () => {
    for await (const line of createInterface({ input: child.stdout! })) if (line.includes('metrics are served')) return
  }
  await Promise.race([isReady(), ended])
  child.stdout!.resume()
  return child
}

/** Mara manages the store, Ben buys for the warehouse. */
async function seedRoutes({ stores, depots }: World): Promise<void> {
  await bed.pool.query(
    `insert into ref.notification_route
       (route_id, channel, address, role, store_ids, kinds, minimum_severity, immediate_from, digest_at, time_zone, changed_by)
     values
       ('mara', 'email', 'mara@example.org', 'store_manager', array[$1], '{summary}', 'info', 'info', '07:30', 'UTC', 'test'),
       ('ben', 'email', 'ben@example.org', 'buyer', array[$2], '{approval}', 'info', 'info', '07:30', 'UTC', 'test')`,
    [stores[0]!.site.storeId, depots[0]!.warehouseId],
  )
}

const rows = async <Row>(text: string) => (await bed.pool.query(text)).rows as Row[]

test('orders are proposed, and people approve, edit and deny them', () => {
  expect(result).toMatchObject({ completed: true, deadLetters: 0, jobFailures: [] })
  const { orders, automatic, byStep, refusals } = result.purchasing!
  expect(refusals).toEqual([])
  expect(automatic).toBeGreaterThan(0)
  for (const step of ['approve', 'edit', 'deny', 'send', 'receive']) expect(byStep[step], step).toBeGreaterThan(0)
  expect(byStep.submit! + automatic).toBe(orders)
})

test('what comes is received as a lot of the warehouse, and every shelf is what it really is', async () => {
  expect(await rows(`select from ops.goods_receipt where status = 'delivered'`)).not.toEqual([])
  const unreceived = `select location_id, product_id, happened_on, good
    from (
      select location_id, product_id, happened_on, sum(quantity - damaged_quantity) as good
      from ops.goods_receipt where status = 'delivered' group by 1, 2, 3
    ) as delivery
    where not exists (
      select from state.warehouse_lot as lot
      where (lot.warehouse_id, lot.product_id) = (delivery.location_id, delivery.product_id)
        and lot.received_on = happened_on and lot.received = good
    )`
  expect(await rows(unreceived)).toEqual([])
  expect(result.midnights.map(({ shelves, differences }) => [shelves, differences])).toEqual(Array(3).fill([16, 0]))
})

test('people are notified by the simulated clock: the manager every morning, the buyer of each order that requires them', async () => {
  const summaries = `select array_agg(cause order by cause) as told from ops.notification_cause where route_id = 'mara'`
  expect(await rows(summaries)).toEqual([{ told: ['17', '18', '19'].map((day) => `summary/2024-11-${day}`) }])
  const unheard = `select purchase_order_id from ops.purchase_order as orders
    where approval_role = 'buyer' and not exists (
      select from ops.notification_cause as cause
      where cause.route_id = 'ben' and cause.purchase_order_id = orders.purchase_order_id and cause.notification_id is not null)`
  expect(await rows(unheard)).toEqual([])
  expect(await rows(`select from ops.notification where kind = 'approval'`)).toHaveLength(2)
})
