/** Apart from the other tests of orders: time that is skipped passes slowly while their workflows have work that no worker takes. */

import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPurchaseOrderActivities } from '../../activities/purchase-orders/purchase-order.ts'
import { createOrderSendingActivities } from '../../activities/purchase-orders/sending.ts'
import { seedOrder, seedSupply } from '../../activities/purchase-orders/testing.ts'
import { DAY_MS } from '../../contracts/calendar.ts'
import { createLogger } from '../../platform/log.ts'
import { createObjectStore, type ObjectStore } from '../../platform/object-store/object-store.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { createWorkflowBench, type WorkflowBench } from '../../workers/testing.ts'

const HISTORY_EVENTS_MAX = 2_100

let bench: WorkflowBench
let database: TestDatabase
let pool: Pool
let objectStore: ObjectStore
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
  objectStore = createObjectStore(database.settings)
  await seedSupply(pool, 'simulator')
  bench = await createWorkflowBench()
})
afterAll(async () => {
  await bench?.close()
  objectStore?.close()
  await pool?.end()
  await database?.drop()
})

const statusOf = async (id: string) =>
  (await pool.query('select status from ops.purchase_order where purchase_order_id = $1', [id])).rows[0].status
const reach = (id: string, status: string) => expect.poll(() => statusOf(id), { timeout: 30_000 }).toBe(status)

const signalAll = (handle: WorkflowHandle, count: number) =>
  Promise.all(Array.from({ length: count }, () => handle.signal('deliveriesChanged')))

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number]

/** How many events each of its runs has, from the newest back. */
async function historiesOf(workflowId: string): Promise<number[]> {
  const lengths: number[] = []
  let runId: string | undefined = (await bench.client.getHandle(workflowId).describe()).runId
  while (runId) {
    const events: HistoryEvent[] = (await bench.client.getHandle(workflowId, runId).fetchHistory()).events!
    lengths.push(events.length)
    runId = events[0]!.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined
  }
  return lengths
}

test('waiting for invoices for 60 days, its history stays short, and it is closed when they are over', () => {
  const settings = loadSettings()
  const activities = {
    ...createPurchaseOrderActivities({ pool }),
    ...createOrderSendingActivities({ pool, objectStore, settings }),
  }
  return bench.withActivities(activities, async (_, taskQueue) => {
    const id = await seedOrder(pool, { lines: { tea: 6 } })
    const workflowId = `purchase-order-${id}`
    await bench.client.start('purchaseOrder', { taskQueue, workflowId, args: [{ purchaseOrderId: id }] })
    await reach(id, 'sent')
    await pool.query('update ops.purchase_order_line set received_quantity = quantity')
    // A handle without a run: each signal goes to the newest.
    const handle = bench.client.getHandle(workflowId)
    await handle.signal('deliveriesChanged')
    await reach(id, 'received')
    // Hourly signals alone are 60 × 24 × 4 events, each with a task of its own; here some share one.
    for (let day = 0; day < 59; day += 1) {
      await signalAll(handle, 40)
      await bench.pass(DAY_MS)
    }
    const histories = await historiesOf(workflowId)
    expect(histories.length).toBeGreaterThan(1)
    expect(Math.max(...histories)).toBeLessThan(HISTORY_EVENTS_MAX)
    expect(await statusOf(id)).toBe('received')
    // The wait continued where it was.
    await bench.pass(2 * DAY_MS)
    await reach(id, 'closed')
  })
})
