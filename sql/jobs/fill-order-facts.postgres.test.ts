import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedOrder, seedSupply } from '../../activities/purchase-orders/testing.ts'
import { createJobsDatabase, type JobsDatabase } from './testing.ts'

const NOW = '2026-11-10T12:00:00Z'

let jobs: JobsDatabase
let id: string
beforeAll(async () => {
  jobs = await createJobsDatabase()
  await jobs.rows(`insert into ops.clock values (true, $1, 1, 'test', 1)`, ['2026-11-02T09:00:00Z'])
  await seedSupply(jobs.pool)
  id = await seedOrder(jobs.pool, { lines: { milk: 12, tea: 24 } })
  await seedOrder(jobs.pool, { location: 'w2', date: '2026-11-03' })
  await jobs.rows('update ops.clock set simulated_now = $1', [NOW])
})
afterAll(() => jobs?.close())

const fill = () => jobs.run('fill_order_facts', NOW)
const facts = () =>
  jobs.rows(
    `select purchase_order_id, line_no, supplier.name as supplier, store.store_id, store.is_unknown, product.product_id,
       status, ordered_quantity::float8 as ordered, received_quantity::float8 as received
     from analytics.fact_purchase_order
     join analytics.dim_supplier as supplier using (supplier_key)
     join analytics.dim_store as store using (store_key)
     join analytics.dim_product as product using (product_key)
     order by order_date, line_no`,
  )

test('a day of orders is replaced when one of them has changed, and left alone else', async () => {
  expect(await fill()).toBe(3)
  expect(await facts()).toMatchObject([
    { purchase_order_id: id, product_id: 'milk', supplier: 'Acme', store_id: 'w1', is_unknown: true, status: 'draft' },
    { purchase_order_id: id, product_id: 'tea', ordered: 24, received: 0 },
    { store_id: 'w2' },
  ])
  expect(await fill()).toBe(0)
  await jobs.rows(
    `with line as (update ops.purchase_order_line set received_quantity = 24 where purchase_order_id = $1 and product_id = 'tea')
     update ops.purchase_order set status = 'partly_received', revision = 2, sent_at = '2026-11-02T10:00:00Z'
     where purchase_order_id = $1`,
    [id],
  )
  expect(await fill()).toBe(2)
  expect(await facts()).toMatchObject([{ status: 'partly_received' }, { ordered: 24, received: 24 }, {}])
  expect(
    await jobs.rows('select purchase_order_id, outstanding_quantity::int as units from bi.open_orders order by order_date, line_no'),
  ).toMatchObject([{ units: 12 }, { units: 0 }, { units: 240 }])
  expect(await jobs.rows('select lines::int, settled_lines::int from bi.supplier_performance')).toEqual([
    { lines: 2, settled_lines: 1 },
  ])
})

test('a warehouse is known by the shelves that it refills, and takes what its stores share', async () => {
  await jobs.rows(`update ref.stores set time_zone = 'UTC' where store_id = 's2'`)
  await jobs.rows(
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, warehouse_id, recorded_at)
     values ('s1', 'milk', 'A2', 20, 'w1', now()), ('s1', 'soap', 'A3', 20, 'w2', now()), ('s2', 'soap', 'A3', 20, 'w2', now())`,
  )
  await jobs.rows(`update ops.purchase_order set revision = revision + 1, updated_at = $2 where purchase_order_id = $1`, [id, NOW])
  expect(await fill()).toBe(2)
  const places = await jobs.rows(
    `select store_id, name, region, currency, time_zone, is_unknown, is_warehouse from bi.dim_store order by store_id`,
  )
  const warehouse = { region: 'east', currency: 'USD', is_unknown: false, is_warehouse: true }
  expect(places).toEqual([
    { store_id: 'w1', name: 'Warehouse w1', time_zone: 'America/New_York', ...warehouse },
    { store_id: 'w2', name: 'Warehouse w2', time_zone: 'UTC', ...warehouse },
  ])
  expect(await jobs.rows('select distinct store_name, supplier_name from bi.open_orders order by 1')).toEqual([
    { store_name: 'Warehouse w1', supplier_name: 'Acme' },
    { store_name: 'Warehouse w2', supplier_name: 'Acme' },
  ])
})

test('an edit is compared with what was sold once its days are over', async () => {
  const terms = [
    { name: 'lead_time', value: 2, unit: 'days' }, { name: 'review', value: 1, unit: 'days' },
    { name: 'position', value: 10, unit: 'units' }, { name: 'mean_demand', value: 30, unit: 'units' },
    { name: 'demand_source', value: 'forecast', unit: 'text' },
  ]
  await jobs.rows(
    `update ops.purchase_order_line set proposed_quantity = 18, explanation = $2
     where purchase_order_id = $1 and product_id = 'tea'`,
    [id, JSON.stringify({ terms })],
  )
  await jobs.rows(
    `insert into ops.purchase_order_action (purchase_order_id, acted_by, acted_at, action, line_no, reason_code)
     values ($1, 'ann', now(), 'edit', 2, 'promotion')`,
    [id],
  )
  await jobs.rows(
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, warehouse_id, recorded_at)
     values ('s1', 'tea', 'A1', 20, 'w1', now())`,
  )
  // What is sold on the fourth day, or elsewhere, is not what the order had to cover.
  await jobs.rows(
    `insert into state.sales_day (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
     select store, 'tea', day::date, units, units, 0, 0, 1
     from (values ('s1', '2026-11-02', 12), ('s1', '2026-11-04', 20), ('s1', '2026-11-05', 99), ('s2', '2026-11-03', 99))
       as sold (store, day, units)`,
  )
  expect(await jobs.run('fill_order_facts', '2026-11-04T12:00:00Z')).toBe(0)
  expect(await fill()).toBe(1)
  expect(await fill()).toBe(0)
  expect(
    await jobs.rows(
      `select edited_by, reason_code, needed_quantity::float8 as needed, proposal_miss::float8 as proposal,
         edit_miss::float8 as edit, value_added::float8 as value
       from bi.proposals_against_edits`,
    ),
  ).toEqual([{ edited_by: 'ann', reason_code: 'promotion', needed: 22, proposal: 4, edit: 2, value: 5 }])
})

test('the figures behind each line are there for reports', async () => {
  await jobs.rows('update ops.purchase_order set revision = revision + 1 where purchase_order_id = $1', [id])
  await fill()
  expect(
    await jobs.rows(
      `select product_name as name, store_id, supplier_name as supplier, proposed_quantity::float8 as proposed,
         ordered_quantity::float8 as ordered, position_quantity::float8 as position, demand_quantity::float8 as demand, demand_source as source
       from bi.reorder_predictions where order_date = '2026-11-02' order by line_no`,
    ),
  ).toMatchObject([
    { store_id: 'w1', supplier: 'Acme', ordered: 12 },
    { proposed: 18, ordered: 24, position: 10, demand: 30, source: 'forecast' },
  ])
})
