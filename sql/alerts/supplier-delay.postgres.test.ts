import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedOrder, seedSupply } from '../../activities/purchase-orders/testing.ts'
import { createJobsDatabase, type JobsDatabase } from '../jobs/testing.ts'

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
  await seedSupply(jobs.pool)
})
afterAll(() => jobs?.close())

const causesAt = (asOf: string) =>
  jobs.rows<{ cause: string; severity: string; impact: string; message: string }>(
    'select cause, severity, impact::float8 as impact, message from ops.alert_supplier_delay($1) order by cause',
    [asOf],
  )

/** Sent on the second of November, expected on the fourth. */
async function sent(location: string, line: string): Promise<string> {
  const id = await seedOrder(jobs.pool, { location, lines: { tea: 24, milk: 12 } })
  await jobs.rows(
    `update ops.purchase_order set status = 'sent', sent_at = '2026-11-02T10:00:00Z', updated_at = '2026-11-04T10:00:00Z'
     where purchase_order_id = $1`,
    [id],
  )
  await jobs.rows(`update ops.purchase_order_line set ${line} where purchase_order_id = $1 and product_id = 'tea'`, [id])
  await jobs.rows(
    `insert into ops.goods_receipt
       (event_id, purchase_order_id, shipment_id, supplier_id, location_id, product_id, status, quantity, happened_at, happened_on, recorded_at)
     values ($1, $1, 's', 'acme', $2, 'tea', 'delivered', 6, '2026-11-04T06:00:00Z', '2026-11-04', '2026-11-04T06:00:00Z')`,
    [id, location],
  )
  return id
}

test('late, short and damaged deliveries are reported, each for its time, and what has not left', async () => {
  const late = await sent('w1', 'received_quantity = 6')
  const short = await sent('w2', 'received_quantity = 6, cancelled_quantity = 18')
  const damaged = await sent('w3', 'received_quantity = 24, damaged_quantity = 6')
  const unsent = await seedOrder(jobs.pool, { location: 'w4' })
  await jobs.rows(
    `update ops.purchase_order set status = 'approved', updated_at = '2026-11-04T09:00:00Z' where purchase_order_id = $1`,
    [unsent],
  )
  expect(await causesAt('2026-11-04T09:59:00Z')).toMatchObject([
    { cause: `damaged/${damaged}`, severity: 'info', impact: 15 },
    { cause: `short/${short}`, severity: 'critical', impact: 45, message: expect.stringContaining('18 units of') },
  ])
  expect(await causesAt('2026-11-04T10:01:00Z')).toContainEqual(
    expect.objectContaining({ cause: `unsent/${unsent}`, severity: 'critical' }),
  )
  const next = await causesAt('2026-11-05T07:00:00Z')
  expect(next.filter(({ cause }) => !cause.startsWith('unsent'))).toMatchObject([
    { cause: `late/${late}`, severity: 'critical', impact: 75 },
    { cause: `late/${short}`, severity: 'warning', impact: 30 },
    { cause: `late/${damaged}`, severity: 'warning', impact: 30 },
  ])
  expect(next[0]!.message).toBe(`${late} from Acme was expected on 2026-11-04: 30 units of 2 products have not arrived`)
  expect(await causesAt('2026-11-07T00:00:00Z')).toContainEqual(
    expect.objectContaining({ cause: `late/${damaged}`, severity: 'critical' }),
  )
})

const causeOf = async (id: string, at: string) => (await causesAt(at)).find(({ cause }) => cause.endsWith(`/${id}`))
const NOW = '2026-11-04T10:00:00Z'

async function approved(location: string): Promise<string> {
  const id = await seedOrder(jobs.pool, { location, lines: { tea: 24 } })
  await jobs.rows(
    `update ops.purchase_order set status = 'approved', approved_revision = 1, updated_at = $2 where purchase_order_id = $1`,
    [id, NOW],
  )
  return id
}
const failing = (id: string, activity: string, attempts: number) =>
  jobs.rows(
    `insert into ops.activity_retry (workflow_id, run_id, activity_id, activity, attempts, last_error, next_try_at)
     values ('purchase-order-' || $1::text, 'r', '1', $2, $3, 'the store refuses it', now() + interval '1 minute')
     on conflict (workflow_id, run_id, activity_id) do update set attempts = excluded.attempts`,
    [id, activity, attempts],
  )
const act = (id: string, action: string, reason: string) =>
  jobs.rows(
    `insert into ops.purchase_order_action (purchase_order_id, acted_by, acted_at, action, detail)
     values ($1, 'shelfline', $2, $3, jsonb_build_object('reason', $4::text))`,
    [id, NOW, action, reason],
  )

test('an order that can not be sent is reported after five tries, or when it is refused, with why', async () => {
  const tried = await approved('w5')
  await failing(tried, 'sendPurchaseOrder', 4)
  expect(await causeOf(tried, NOW)).toBeUndefined()
  await failing(tried, 'sendPurchaseOrder', 5)
  expect(await causeOf(tried, NOW)).toMatchObject({
     cause: `unsent/${tried}`, severity: 'critical', impact: 60 ,
    message: `${tried} is approved, but Acme has not received it after 5 attempts: the store refuses it`,
  })
  const refused = await approved('w6')
  await act(refused, 'fail_send', 'no such product')
  expect(await causeOf(refused, NOW)).toMatchObject({
    message: `${refused} is approved, but Acme has not received it: no such product`,
  })
})

test('a cancellation that its supplier was not notified of is reported in the same way', async () => {
  const id = await approved('w7')
  await jobs.rows(
    `update ops.purchase_order set status = 'cancelled', withdrawal_due_at = $2 where purchase_order_id = $1`,
    [id, NOW],
  )
  expect(await causeOf(id, NOW)).toBeUndefined()
  await failing(id, 'withdrawPurchaseOrder', 6)
  expect(await causeOf(id, NOW)).toMatchObject({
     cause: `not_withdrawn/${id}`, impact: 60 ,
    message: `${id} was cancelled, but Acme has not been notified after 6 attempts: the store refuses it`,
  })
  await jobs.rows('delete from ops.activity_retry')
  expect(await causeOf(id, '2026-11-04T11:01:00Z')).toMatchObject({ message: `${id} was cancelled, but Acme has not been notified` })
  await jobs.rows('update ops.purchase_order set withdrawal_due_at = null where purchase_order_id = $1', [id])
  await act(id, 'fail_withdraw', 'we know of no such order')
  expect(await causeOf(id, '2026-11-04T11:01:00Z')).toMatchObject({
    message: `${id} was cancelled, but Acme has not been notified: we know of no such order`,
  })
  expect(await causeOf(id, '2026-11-05T11:01:00Z')).toBeUndefined()
})

test('other work that is retried again and again is reported, but not what is no longer tried', async () => {
  await jobs.rows('delete from ops.activity_retry')
  const retried = () => jobs.rows('select cause, severity, message, opens from ops.alert_work_retried($1)', [NOW])
  await jobs.rows(
    `insert into ops.activity_retry (workflow_id, run_id, activity_id, activity, attempts, last_error, next_try_at) values
       ('order-news-1', 'r', '1', 'listOrderNews', 4, 'away', now() + interval '1 minute'),
       ('order-news-2', 'r', '1', 'listOrderNews', 20, 'away', now() - interval '59 minutes'),
       ('order-news-3', 'r', '1', 'listOrderNews', 20, 'away', now() - interval '61 minutes'),
       ('purchase-order-PO-1', 'r', '1', 'sendPurchaseOrder', 9, 'is told with the order', now())`,
  )
  expect(await retried()).toEqual([
    {
       cause: 'listOrderNews/order-news-1', severity: 'warning', opens: false ,
      message: 'listOrderNews for order-news-1 has failed 4 times: away',
    },
    {
       cause: 'listOrderNews/order-news-2', severity: 'critical', opens: true ,
      message: 'listOrderNews for order-news-2 has failed 20 times: away',
    },
  ])
})

test('the rule is run with the others', async () => {
  await jobs.rows(`insert into ops.clock values (true, '2026-11-05T07:00:00Z', 1, 'test', 1)`)
  await jobs.run('observe_alerts', '2026-11-05T07:00:00Z')
  expect(await jobs.rows(`select last_error, last_causes::int from ops.alert_rule where alert_type = 'supplier_delay'`)).toEqual([
    { last_error: null, last_causes: 7 },
  ])
})
