import { afterAll, beforeAll, expect, it } from 'vitest'
import { seedOrder, seedSupply } from '../../activities/purchase-order-testing.ts'
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

it('late, short and damaged deliveries are told, each for its time, and what has not left', async () => {
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
    { cause: `short/${short}`, severity: 'critical', impact: 45, message: expect.stringContaining('came short by 18 units') },
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
  expect(next[0]!.message).toBe(`${late} from Acme was expected on 2026-11-04: 30 units of 2 products have not come`)
  expect(await causesAt('2026-11-07T00:00:00Z')).toContainEqual(
    expect.objectContaining({ cause: `late/${damaged}`, severity: 'critical' }),
  )
})

it('the rule is run with the others', async () => {
  await jobs.rows(`insert into ops.clock values (true, '2026-11-05T07:00:00Z', 1, 'test', 1)`)
  await jobs.run('observe_alerts', '2026-11-05T07:00:00Z')
  expect(await jobs.rows(`select last_error, last_causes::int from ops.alert_rule where alert_type = 'supplier_delay'`)).toEqual([
    { last_error: null, last_causes: 4 },
  ])
})
