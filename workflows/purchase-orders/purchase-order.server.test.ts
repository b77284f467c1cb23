import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { WorkflowHandle } from '@temporalio/client'
import type { Workflow } from '@temporalio/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOrderNewsActivities } from '../../activities/purchase-orders/news.ts'
import { createPurchaseOrderActivities } from '../../activities/purchase-orders/purchase-order.ts'
import { createOrderSendingActivities } from '../../activities/purchase-orders/sending.ts'
import type { SupplierOrder } from '../../activities/purchase-orders/supplier-adapters.ts'
import {
  type OrderSeed,
  seedDecision,
  seedOrder,
  seedSupply,
  stepBy,
} from '../../activities/purchase-orders/testing.ts'
import { createLogger } from '../../platform/log.ts'
import { createObjectStore, type ObjectStore } from '../../platform/object-store/object-store.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { type Activities, createWorkflowBench, type WorkflowBench } from '../../workers/testing.ts'
import { type OrderAnswer, purchaseOrderState } from './purchase-order.ts'
import type { OrderUpdate, OrderUpdates } from './requests.ts'

// The server skips time only while a result is waited for; the database's clock doesn't.
let bench: WorkflowBench
let database: TestDatabase
let pool: Pool
let objectStore: ObjectStore
let activities: Partial<Activities>
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
  objectStore = createObjectStore(database.settings)
  const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`
  const settings = { ...loadSettings(), supplierWebhookSecrets: { acme: [secret] } }
  activities = {
    ...createPurchaseOrderActivities({ pool }),
    ...createOrderSendingActivities({ pool, objectStore, settings }),
    ...createOrderNewsActivities({ pool }),
  }
  // What these tests drop into the bucket is found under the database's own name.
  await seedSupply(pool, 'file', database.settings.lakePrefix)
  bench = await createWorkflowBench()
})
afterAll(async () => {
  await bench?.close()
  objectStore?.close()
  await pool?.end()
  await database?.drop()
})

const patiently = { timeout: 30_000 }
const rows = async (text: string, ...values: unknown[]) => (await pool.query(text, values)).rows
const statusOf = async (id: string) =>
  (await rows('select status from ops.purchase_order where purchase_order_id = $1', id))[0]!.status as string
const actionsOf = async (id: string) =>
  (
    await rows(
      'select action, acted_by from ops.purchase_order_action where purchase_order_id = $1 order by action_id',
      id,
    )
  ).map(({ action, acted_by }) => `${action} by ${acted_by}`)
const filesOf = async (id: string) => {
  const files: string[] = []
  for await (const { key } of objectStore.list(`orders/${database.settings.lakePrefix}/${id}`)) files.push(key)
  return files
}

let places = 0
/** A new order and its workflow. */
async function begin(taskQueue: string, seed: OrderSeed = {}) {
  places += 1
  const id = await seedOrder(pool, { location: `place${places}`, ...seed })
  const workflowId = `purchase-order-${id}`
  const args = [{ purchaseOrderId: id }]
  return { id, handle: await bench.client.start('purchaseOrder', { taskQueue, workflowId, args }) }
}

type Asked<Name extends OrderUpdate> = Omit<OrderUpdates[Name], 'decision'> & { by: string }

const ask = async <Name extends OrderUpdate>(
  handle: WorkflowHandle,
  name: Name,
  { by, ...asked }: Asked<Name>,
  updateId?: string,
) => {
  const order = handle.workflowId.replace('purchase-order-', '')
  const input = { ...asked, decision: await seedDecision(pool, order, name, by, asked) }
  return handle.executeUpdate<OrderAnswer, [object]>(name, { args: [input], ...(updateId && { updateId }) })
}

const reach = (id: string, status: string) => expect.poll(() => statusOf(id), patiently).toBe(status)

/** The workflow has come so far and waits: only then may time be skipped. */
const rest = (handle: WorkflowHandle, status: string) =>
  expect.poll(async () => (await handle.query(purchaseOrderState))?.status, patiently).toBe(status)

/** What a workflow that needs no time skipped ends with. */
const resultOf = <Run extends Workflow>({ workflowId }: WorkflowHandle<Run>) =>
  bench.realTimeClient.getHandle<Run>(workflowId).result()

/** The sentence that an Update is refused with. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => expect.fail('it should have been refused'),
    (thrown: Error) => thrown,
  )
  const { cause } = error
  return cause instanceof Error ? cause.message : error.message
}

/** As the processor of receipts writes it. */
async function deliver(id: string, product: string, units: number): Promise<void> {
  await rows(
    `with line as (
       update ops.purchase_order_line set received_quantity = received_quantity + $3
       where purchase_order_id = $1 and product_id = $2 returning purchase_order_id, line_no, product_id
     )
     insert into ops.goods_receipt
       (event_id, purchase_order_id, line_no, shipment_id, supplier_id, location_id, product_id, status, quantity, happened_at, happened_on, recorded_at)
     select gen_random_uuid(), $1, line_no, 'ship', 'acme', 'w', product_id, 'delivered', $3, now(), current_date, now() from line`,
    id,
    product,
    units,
  )
  await rows('update ops.purchase_order set revision = revision + 1 where purchase_order_id = $1', id)
}

test('from the draft to the invoice: approved, sent once, delivered in parts, closed', () =>
  bench.withActivities(activities, async (start, queue) => {
    const { id, handle } = await begin(queue)
    await reach(id, 'awaiting_approval')
    expect(await refusal(ask(handle, 'approve', { by: 'eve' }))).toContain(
      'eve may not approve it; allowed: ann, bob, cleo',
    )
    const answer = await ask(handle, 'approve', { by: 'ann', revision: 2 }, 'click')
    expect(answer).toMatchObject({ status: 'approved', message: `${id}: it is approved and about to be sent` })
    expect(await ask(handle, 'approve', { by: 'ann', revision: 2 }, 'click')).toEqual(answer)
    await reach(id, 'sent')
    const [file, ...others] = await filesOf(id)
    expect(others).toEqual([])
    expect((await objectStore.get(file!))!.toString()).toBe(
      'kind,purchase_order_id,location_id,line_no,product_id,quantity,unit_cost,currency,expected_on\r\n' +
        `order,${id},place${places},1,tea,240,2.5,GBP,${await expectedOn(id)}\r\n`,
    )
    expect((await ask(handle, 'acknowledge', { by: 'acme', reference: 'A-1' })).status).toBe('acknowledged')
    for (const [units, status] of [
      [140, 'partly_received'],
      [100, 'received'],
    ] as const) {
      await deliver(id, 'tea', units)
      await resultOf(await start('orderNews'))
      await reach(id, status)
    }
    const lines = [{ product: 'tea', quantity: 240, unitPrice: '2.50' }]
    expect((await ask(handle, 'invoice', { by: 'acme', number: 'I-1', lines })).status).toBe('closed')
    expect(await resultOf(handle)).toMatchObject({ purchaseOrderId: id, status: 'closed' })
    expect(await actionsOf(id)).toEqual([
      'submit by shelfline',
      'approve by ann',
      'send by shelfline',
      'acknowledge by acme',
      'receive by shelfline',
      'receive by shelfline',
      'invoice by acme',
    ])
  }))

const expectedOn = async (id: string) =>
  (
    await rows(
      `select to_char(expected_on, 'YYYY-MM-DD') as day from ops.purchase_order where purchase_order_id = $1`,
      id,
    )
  )[0]!.day

test('a small order needs no approval; a received one whose invoice never comes is closed', () =>
  bench.withActivities(activities, async (_, queue) => {
    const { id, handle } = await begin(queue, { lines: { tea: 6 } })
    await reach(id, 'sent')
    await deliver(id, 'tea', 6)
    await handle.signal('deliveriesChanged')
    await rest(handle, 'received')
    expect(await handle.result()).toMatchObject({ status: 'closed' })
    expect((await actionsOf(id)).slice(-2)).toEqual(['receive by shelfline', 'close by shelfline'])
  }))

test('no one decides: the roles above are asked, then it expires; an approval that comes later changes nothing', () =>
  bench.withActivities(activities, async (_, queue) => {
    const { id, handle } = await begin(queue)
    await rest(handle, 'awaiting_approval')
    expect(await handle.result()).toMatchObject({ status: 'expired' })
    expect(await actionsOf(id)).toEqual(['submit by shelfline', 'escalate by shelfline', 'expire by shelfline'])
    await expect(ask(handle, 'approve', { by: 'ann' })).rejects.toThrow()
    expect(await statusOf(id)).toBe('expired')
    expect(await filesOf(id)).toEqual([])
  }))

test('an edit that comes at the moment of expiry counts, and the wait starts again', async () => {
  const edited: string[] = []
  const stepPurchaseOrder: Activities['stepPurchaseOrder'] = async (asked) => {
    if (asked.request.step === 'expire' && !edited.includes(asked.purchaseOrderId)) {
      edited.push(asked.purchaseOrderId)
      const edit = { line: 1, quantity: '300', reasonCode: 'promotion' }
      const order = asked.purchaseOrderId
      await stepBy(pool, activities as Activities, { order, by: 'ann', step: 'edit', requestId: 'edit' }, edit)
    }
    return activities.stepPurchaseOrder!(asked)
  }
  await bench.withActivities({ ...activities, stepPurchaseOrder }, async (_, queue) => {
    const { id, handle } = await begin(queue)
    await rest(handle, 'awaiting_approval')
    // The whole wait once for the draft, and once more for the edit.
    expect(await handle.result()).toMatchObject({ status: 'expired' })
    expect(await actionsOf(id)).toEqual([
      'submit by shelfline',
      'escalate by shelfline',
      'edit by ann',
      'escalate by shelfline',
      'expire by shelfline',
    ])
  })
})

test('an edit, by plain JSON: another person has to approve it; what is wrong is reported with an example', () =>
  bench.withActivities(activities, async (_, queue) => {
    const { id, handle } = await begin(queue)
    await reach(id, 'awaiting_approval')
    const edit = { by: 'ann', line: 1, quantity: 300, reasonCode: 'promotion' }
    expect(await ask(handle, 'edit', edit)).toMatchObject({ status: 'awaiting_approval' })
    expect(await refusal(ask(handle, 'approve', { by: 'ann' }))).toContain('ann has edited it: another person')
    expect(await refusal(ask(handle, 'approve', { by: 'bob', revision: 2 }))).toContain(
      'has changed: it is at revision',
    )
    expect(await refusal(ask(handle, 'edit', { ...edit, quantity: '1e9' }))).toMatch(
      /quantity "1e9" is not a number.*example/,
    )
    expect(await refusal(ask(handle, 'edit', { ...edit, line: 1.5 }))).toContain('line 1.5 is not a whole number')
    const click = (name: OrderUpdate, input: unknown) =>
      refusal(handle.executeUpdate<OrderAnswer, [unknown]>(name, { args: [input] }))
    expect(await click('approve', 'ann')).toContain('its input is an object such as {"decision"')
    expect(await click('approve', { decision: 'ann' })).toContain('is not the id of a decision')
    expect(await click('deny', { by: 'bob' })).toContain(
      'who asks to deny it is not known; decide in the web application',
    )
    expect(await refusal(ask(handle, 'invoice', { by: 'x', number: '1', lines: [] }))).toContain('lines is not a list')
    expect((await ask(handle, 'deny', { by: 'bob', reason: 'no' })).status).toBe('denied')
    expect(await resultOf(handle)).toMatchObject({ status: 'denied' })
  }))

/** A supplier's server; `answer` may leave a request without one. */
async function supplier(answer: (response: ServerResponse, count: number) => void) {
  const ids: string[] = []
  /** Units by product, of each cancellation. */
  const cancelled: Record<string, string>[] = []
  const server = createServer(async (request, response) => {
    const { type, data } = (await json(request)) as { type: string; data: SupplierOrder }
    ids.push(request.headers['webhook-id'] as string)
    if (type === 'purchase_order.cancelled') {
      cancelled.push(Object.fromEntries(data.lines.map(({ product_id, quantity }) => [product_id, quantity])))
    }
    answer(response, ids.length)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  await rows(
    `update ref.suppliers set adapter = 'webhook', endpoint = $1`,
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  )
  await rows(`update ref.supplier_endpoint set confirmed_by = 'test', confirmed_at = now() where confirmed_at is null`)
  return {
    ids,
    cancelled,
    async [Symbol.asyncDispose]() {
      await rows(`update ref.suppliers set adapter = 'file', endpoint = $1`, database.settings.lakePrefix)
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

test('a supplier that accepts and cuts the line gets the same again, and has one order', async () => {
  // Each of the first two times it has taken the order before it falls over.
  await using shop = await supplier((response, count) => (count < 3 ? response.destroy() : response.end('{}')))
  await bench.withActivities(activities, async (_, queue) => {
    const { id } = await begin(queue, { lines: { tea: 6 } })
    await reach(id, 'sent')
    expect(shop.ids).toEqual([`${id}-r2`, `${id}-r2`, `${id}-r2`])
  })
})

test('what a supplier refuses waits for a person, who sends it again under the same name', async () => {
  await using shop = await supplier((response, count) =>
    response.writeHead(count === 1 ? 422 : 202).end('no such product'),
  )
  await bench.withActivities(activities, async (_, queue) => {
    const { id, handle } = await begin(queue, { lines: { tea: 6 } })
    await expect.poll(() => actionsOf(id), patiently).toContain('fail_send by shelfline')
    expect(await statusOf(id)).toBe('approved')
    const [{ detail }] = await rows(
      `select detail from ops.purchase_order_action where purchase_order_id = $1 and action = 'fail_send'`,
      id,
    )
    expect(detail.reason).toContain('answered 422: no such product')
    await ask(handle, 'resend', { by: 'ann' })
    await reach(id, 'sent')
    expect(shop.ids).toEqual([`${id}-r2`, `${id}-r2`])
  })
})

test('cancelled while its supplier does not answer: the attempt ends, and they are notified', async () => {
  await using shop = await supplier((response, count) => {
    if (count > 1) response.end()
  })
  await bench.withActivities(activities, async (_, queue) => {
    const { id, handle } = await begin(queue, { lines: { tea: 6 } })
    await expect.poll(() => shop.ids.length, patiently).toBe(1)
    expect((await ask(handle, 'cancel', { by: 'ann', reason: 'wrong week' })).status).toBe('cancelled')
    expect(await resultOf(handle)).toMatchObject({ status: 'cancelled' })
    expect(shop.ids).toEqual([`${id}-r2`, `${id}-r2-cancelled`])
    expect((await actionsOf(id)).slice(-2)).toEqual(['cancel by ann', 'withdraw by shelfline'])
  })
})

test('cancelled, and its workflow lost before the supplier was notified: another one notifies them, once', async () => {
  await using shop = await supplier((response) => response.end('{}'))
  await bench.withActivities(activities, async (start, queue) => {
    const { id, handle } = await begin(queue, { lines: { tea: 6 } })
    await reach(id, 'sent')
    await handle.terminate('by mistake')
    const byHand = { order: id, by: 'ann', step: 'cancel', requestId: 'by hand' } as const
    await stepBy(pool, activities as Activities, byHand)
    expect(await statusOf(id)).toBe('cancelled')
    await resultOf(await start('orderNews'))
    await expect.poll(() => actionsOf(id), patiently).toContain('withdraw by shelfline')
    expect(await resultOf(bench.client.getHandle(handle.workflowId))).toMatchObject({
      status: 'cancelled',
      withdrawal: { kind: 'sent' },
    })
    // Notified once: no workflow takes it up again.
    await rows('update ops.purchase_order set looked_after_at = null where purchase_order_id = $1', id)
    await resultOf(await start('orderNews'))
    expect(shop.ids).toEqual([`${id}-r2`, `${id}-r2-cancelled`])
  })
})

test('the rest of a partial delivery is cancelled: its supplier is notified once, and what arrived is invoiced', async () => {
  await using shop = await supplier((response) => response.end('{}'))
  await bench.withActivities(activities, async (start, queue) => {
    const { id, handle } = await begin(queue, { lines: { milk: 6, tea: 60 } })
    await reach(id, 'sent')
    await deliver(id, 'tea', 24)
    await resultOf(await start('orderNews'))
    await reach(id, 'partly_received')
    expect(await refusal(ask(handle, 'cancel', { by: 'ann' }))).toContain('cancelling the rest requires a reason')
    const asked = { by: 'ann', reason: 'discontinued' }
    expect((await ask(handle, 'cancel', asked)).status).toBe('received')
    await expect.poll(() => actionsOf(id), patiently).toContain('withdraw by shelfline')
    expect(shop.cancelled).toEqual([{ milk: '6', tea: '36' }])
    expect(await refusal(ask(handle, 'cancel', asked))).toContain('is received: cancel is not possible')
    // Another workflow of the same order knows that its supplier was notified.
    await handle.terminate('by mistake')
    await rows('update ops.purchase_order set looked_after_at = null where purchase_order_id = $1', id)
    await resultOf(await start('orderNews'))
    const heir = bench.client.getHandle(handle.workflowId)
    const lines = [{ product: 'tea', quantity: 24, unitPrice: '2.50' }]
    expect((await ask(heir, 'invoice', { by: 'acme', number: 'I-1', lines })).status).toBe('closed')
    expect(await resultOf(heir)).toMatchObject({ status: 'closed' })
    expect(shop.ids).toEqual([`${id}-r2`, `${id}-r2-cancelled`])
  })
})

test('closed while its supplier does not answer to the cancellation of the rest: they were notified once', async () => {
  const { promise: invoiced, resolve: answer } = Promise.withResolvers<void>()
  await using shop = await supplier(async (response, count) => {
    if (count > 1) await invoiced
    response.end('{}')
  })
  await bench.withActivities(activities, async (_, queue) => {
    const { id, handle } = await begin(queue, { lines: { tea: 60 } })
    await reach(id, 'sent')
    await deliver(id, 'tea', 24)
    expect((await ask(handle, 'cancel', { by: 'ann', reason: 'discontinued' })).status).toBe('received')
    await expect.poll(() => shop.ids.length, patiently).toBe(2)
    const lines = [{ product: 'tea', quantity: 24, unitPrice: '2.50' }]
    expect((await ask(handle, 'invoice', { by: 'acme', number: 'I-1', lines })).status).toBe('closed')
    answer()
    expect(await resultOf(handle)).toMatchObject({ status: 'closed', withdrawal: { kind: 'sent' } })
    expect(shop.ids).toEqual([`${id}-r2`, `${id}-r2-cancelled`])
  })
})

test('an order whose workflow was lost gets another, which continues', () =>
  bench.withActivities(activities, async (start, queue) => {
    const { id, handle } = await begin(queue)
    await reach(id, 'awaiting_approval')
    await handle.terminate('by mistake')
    // Orders of the other tests have ended, or their workflows are looked after too.
    const { begun } = await resultOf(await start('orderNews'))
    expect(begun).toBeGreaterThanOrEqual(1)
    const heir = bench.client.getHandle(`purchase-order-${id}`)
    expect(await ask(heir, 'approve', { by: 'bob' })).toMatchObject({ status: 'approved' })
    await reach(id, 'sent')
    expect(await filesOf(id)).toHaveLength(1)
  }))

test('a long history continues in further runs, and an Update finds the newest', () =>
  bench.withActivities(activities, async (_, queue) => {
    const { id, handle } = await begin(queue, { lines: { tea: 6 } })
    await reach(id, 'sent')
    const newest = bench.client.getHandle(handle.workflowId)
    const isNext = async () => (await newest.describe()).runId !== handle.firstExecutionRunId
    for (let signals = 0; signals < 2_100; signals += 1) await newest.signal('deliveriesChanged')
    await expect.poll(isNext, patiently).toBe(true)
    expect((await ask(newest, 'cancel', { by: 'ann' })).status).toBe('cancelled')
    expect(await actionsOf(id)).toEqual(['approve by shelfline', 'send by shelfline', 'cancel by ann'])
  }))

const signalAll = (handle: WorkflowHandle, count: number) =>
  Promise.all(Array.from({ length: count }, () => handle.signal('deliveriesChanged')))

test('waiting for a person, it continues in another run, and an Update is not lost', async () => {
  await using shop = await supplier((response, count) => response.writeHead(count === 1 ? 422 : 202).end())
  await bench.withActivities(activities, async (_, queue) => {
    const { id, handle } = await begin(queue, { lines: { tea: 6 } })
    await expect.poll(() => actionsOf(id), patiently).toContain('fail_send by shelfline')
    const newest = bench.client.getHandle(handle.workflowId)
    const isNext = async () => (await newest.describe()).runId !== handle.firstExecutionRunId
    for (let count = 0; count < 2_100; count += 50) await signalAll(newest, 50)
    await expect.poll(isNext, patiently).toBe(true)
    const [answer] = await Promise.all([ask(newest, 'resend', { by: 'ann' }), signalAll(newest, 50)])
    expect(answer.message).toContain('it is sent again')
    await reach(id, 'sent')
    expect(shop.ids).toEqual([`${id}-r2`, `${id}-r2`])
  })
})

test('an order that does not exist ends at once', () =>
  bench.withActivities(activities, async (start) => {
    const handle = await start('purchaseOrder', { purchaseOrderId: 'PO-none' })
    await expect(handle.result()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('is unknown') },
    })
  }))
