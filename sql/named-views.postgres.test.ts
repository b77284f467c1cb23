import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { query, type Row } from './testing.ts'

let database: TestDatabase
const run = (text: string): Promise<Row[]> => query(database.url, text)

/** A store whose products sell 80, 15 and 5 on a day, to two customers. */
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const version = "'1900-01-01+00', '9999-12-31+00', true"
  await run(`insert into analytics.dim_store values (1, 's', 'Shop', 'east', 'US', 'USD', 'UTC', ${version})`)
  await run(
    `insert into analytics.dim_product
     select key, id, initcap(id), 'Fruit', 'Food', null, null, ${version}
     from (values (10, 'apple'), (11, 'pear'), (12, 'plum'), (13, 'fig')) as known (key, id)`,
  )
  await run(`select analytics.ensure_partitions('2023-03-02', '2024-03-31')`)
  await run(
    `insert into analytics.fact_sales (
       sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount, gross_amount,
       net_amount, is_return, customer_id, payment_method, source, sold_at, known_at, unit_cost, cost_amount, margin_amount,
       cost_status
     )
     select day::date, 1, product, basket, 1, basket || product, net / 5.0, 5, 0, net, net, false, customer, 'card', 'till',
       day::timestamptz, now(), cost, net / 5.0 * cost, net - net / 5.0 * cost, case when cost is null then 'no_terms' else 'known' end
     from (values
       ('2024-03-01', 10, 'a', 80, 'ann', 3), ('2024-03-01', 11, 'b', 15, 'ben', null), ('2024-03-02', 12, 'c', 5, 'ann', 3),
       ('2023-03-03', 10, 'd', 50, null, null)
     ) as line (day, product, basket, net, customer, cost)`,
  )
  await run(
    `insert into ops.partition_ledger (
       asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at
     )
     select 'fact_sales', day, 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), 1, now()
     from (select distinct sale_date as day from analytics.fact_sales) as days`,
  )
  await run(
    `insert into state.sales_day
     select 's', product, day::date, units, units, 0, 0, 1
     from (values ('apple', '2024-03-01', 28), ('pear', '2024-03-02', 2), ('plum', '2024-03-02', 28)) as sold (product, day, units)`,
  )
  await run(`insert into state.stock values ('s', 'apple', 2), ('s', 'pear', 100), ('s', 'plum', 0), ('s', 'fig', 7)`)
  await run(
    `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     values ('dairy', 'Dairy', 'file', '{1}', '12:00', 'UTC', 1, 'USD', now())`,
  )
  await run(
    `insert into ref.supply_terms_versions (terms_id, valid_from, product_id, supplier_id, unit_cost, preference)
     values ('*/pear/dairy', '2020-01-01', 'pear', 'dairy', 2, 1)`,
  )
  await run('select analytics.refresh_bi()')
})
afterAll(async () => {
  await database?.drop()
})

test('daily_sales_summary has margin of what has a cost, and the same weekday of the year before', async () => {
  expect(
    await run(
      `select sale_date, store_name, transactions, net_amount::float, margin_amount::float as margin,
         costed_net_amount::float as costed, net_amount_year_before::float as year_before
       from bi.daily_sales_summary where sale_date >= '2024-01-01' order by 1`,
    ),
  ).toEqual([
    { sale_date: '2024-03-01', store_name: 'Shop', transactions: '2', net_amount: '95', margin: '32', costed: '80', year_before: '50' },
    { sale_date: '2024-03-02', store_name: 'Shop', transactions: '1', net_amount: '5', margin: '2', costed: '5', year_before: null },
  ])
})

test('product_performance sums a month and classes its products by revenue', async () => {
  expect(
    await run(
      `select product_name as name, net_amount::float, margin_amount::float as margin, abc_class, xyz_class
       from bi.product_performance where month_start = '2024-03-01' order by net_amount desc`,
    ),
  ).toEqual([
    { name: 'Apple', net_amount: '80', margin: '32', abc_class: 'A', xyz_class: null },
    { name: 'Pear', net_amount: '15', margin: null, abc_class: 'B', xyz_class: null },
    { name: 'Plum', net_amount: '5', margin: '2', abc_class: 'C', xyz_class: null },
  ])
})

test('customer_analytics knows customers by pseudonyms only', async () => {
  const customers = await run(
    `select customer, recency_days, transactions, net_amount::float as paid, is_repeat from bi.customer_analytics order by paid desc`,
  )
  expect(customers).toMatchObject([
    { recency_days: '0', transactions: '2', paid: '85', is_repeat: true },
    { recency_days: '1', transactions: '1', paid: '15', is_repeat: false },
  ])
  for (const { customer } of customers) expect(customer).toMatch(/^[0-9a-f]{16}$/)
  expect(await run('select sum(customers) as all, sum(repeat_customers) as repeat from bi.customer_segments')).toEqual([
    { all: '2', repeat: '1' },
  ])
})

test('fact_sales knows customers by the pseudonyms of customer_day, and a reader can not ask for that of a number', async () => {
  const rows = await run(
    `select count(*) as lines, count(distinct sold.customer_id) as customers, bool_or(sold.customer_id in ('ann', 'ben')) as is_named
     from bi.fact_sales as sold join analytics.customer_day as day on day.customer = sold.customer_id and day.sale_date = sold.sale_date`,
  )
  expect(rows).toEqual([{ lines: '3', customers: '2', is_named: false }])
})

test('inventory_by_store places each product between out of stock and too much', async () => {
  expect(
    await run(
      `select product_name as name, stock_status as status, round(safety_stock, 3)::float as safety, round(reorder_point, 3)::float as reorder,
         stock_value::float as value, overstock_value::float as over
       from bi.inventory_by_store order by 1`,
    ),
  ).toEqual([
    // 28 units on one of 28 days: one a day, a deviation of √27; 1.644854 × √27 × √3 for two days of delivery and one of review.
    { name: 'Apple', status: 'below safety stock', safety: '14.804', reorder: '17.804', value: null, over: null },
    { name: 'Fig', status: 'not selling', safety: '0', reorder: '0', value: null, over: null },
    { name: 'Pear', status: 'overstock', safety: '1.057', reorder: '1.272', value: '200', over: '191.42852' },
    { name: 'Plum', status: 'out of stock', safety: '14.804', reorder: '17.804', value: null, over: null },
  ])
})

test('ml_forecast_results compares a forecast with what was sold, once the day is known', async () => {
  await run(
    `insert into analytics.fact_forecast (
       forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity, p50_quantity, p90_quantity
     )
     select '2024-02-29', day::date, 1, product, 'm', 1, 10, 6, 10, 20
     from (values ('2024-03-01', 10), ('2024-03-01', 12), ('2024-03-03', 10)) as wanted (day, product)`,
  )
  await run(
    `insert into analytics.fact_inventory (inventory_date, store_key, product_key, opening_quantity, sold_quantity, closing_quantity)
     values ('2024-03-01', 1, 10, 20, 16, 4)`,
  )
  expect(
    await run(
      `select target_date, product_name as name, horizon_days, actual_quantity::float as sold, absolute_error::float as error,
         is_within_interval as inside
       from bi.ml_forecast_results order by 1, 2`,
    ),
  ).toEqual([
    { target_date: '2024-03-01', name: 'Apple', horizon_days: '1', sold: '16', error: '6', inside: true },
    { target_date: '2024-03-01', name: 'Plum', horizon_days: '1', sold: '0', error: '10', inside: false },
    { target_date: '2024-03-03', name: 'Apple', horizon_days: '3', sold: null, error: null, inside: null },
  ])
})
