/** Sums of reports against the facts that they are sums of, as facts come, change and go. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { query, type Row } from './testing.ts'

let database: TestDatabase
const run = (text: string): Promise<Row[]> => query(database.url, text)

/** Six weeks, from a Friday to a Thursday. */
const days = `generate_series(date '2024-01-26', date '2024-03-07', interval '1 day') as day`
const stores = 'generate_series(1, 3) as store'
const products = 'generate_series(10, 17) as product'
/** The same in every run, and even over nothing. */
const chance = (seed: string) => `abs(hashtext(concat_ws('/', ${seed}, store, product, day::date)))`

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const version = "'1900-01-01+00', '9999-12-31+00', true"
  await run(`select analytics.ensure_partitions('2024-01-01', '2024-04-30')`)
  await run(
    `insert into analytics.dim_store select store, 's' || store, 'S' || store, 'east', 'US', 'USD', 'UTC', ${version} from ${stores}`,
  )
  await run(
    `insert into analytics.dim_product
     select product, 'p' || product, 'P', case when product < 13 then 'Fruit' when product < 16 then 'Milk' end, 'Food', null, null, ${version}
     from ${products}`,
  )
  await sell(`${chance("'sold'")} % 3 > 0`)
  await run(
    `insert into analytics.fact_inventory (
       inventory_date, store_key, product_key, opening_quantity, sold_quantity, closing_quantity, daily_quantity, unit_cost
     )
     select day, store, product, 20 + ${chance("'left'")} % 90, 4, 16 + ${chance("'left'")} % 90, ${chance("'daily'")} % 3, nullif(${chance("'cost'")} % 4, 0)
     from ${days} cross join ${stores} cross join ${products} where ${chance("'moved'")} % 5 > 0`,
  )
  await run(
    `insert into analytics.fact_stockout (stockout_date, store_key, product_key, out_of_stock_minutes, lost_quantity, is_observed, lost_amount)
     select day, store, product, 60 * (1 + ${chance("'out'")} % 5), 1.5, false, nullif(${chance("'lost'")} % 5, 0) * 1.25
     from ${days} cross join ${stores} cross join ${products} where ${chance("'missed'")} % 6 = 0`,
  )
  await run(
    `insert into analytics.fact_stock_movement (
       movement_date, store_key, product_key, reason, movements, quantity, unit_cost, list_price, is_synthetic, first_moved_at, last_moved_at
     )
     select day, store, product, reason, 1, -1 - ${chance('reason')} % 3, nullif(${chance("'cost'")} % 4, 0), 5, false, now(), now()
     from ${days} cross join ${stores} cross join ${products} cross join unnest(array['waste', 'sale']) as reason where ${chance("'waste'")} % 9 = 0`,
  )
  await run(
    `insert into analytics.fact_slow_mover
     select day, store, product, 0.9, 28, 40, (array['31-60', 'over 90'])[1 + product % 2], 5, 2, 'cost', product, 1
     from ${days} cross join ${stores} cross join ${products} where extract(isodow from day) = 7 and product % 3 > 0`,
  )
  // Seven days ahead each day; a store is left out on some.
  await forecast('true')
  await run(
    `insert into analytics.forecast_accuracy (
       target_date, store_key, category, horizon_days, model_name, model_version, forecasts, actual_quantity, forecast_quantity,
       absolute_error, intervals, pinball_loss, covered_80, covered_90, squared_error, relative_error, sold_forecasts
     )
     select day, store, 'C' || product % 2, ahead, 'm', 1, 4, 10 + product, 9 + ahead, 4, 4, 1, 3, 4, 6, 0.5, 3
     from ${days} cross join ${stores} cross join (values (10), (11)) as category (product) cross join generate_series(1, 7) as ahead`,
  )
  await run(
    `insert into ops.partition_ledger (
       asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at
     )
     select 'fact_sales', day, 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), 1, now() from ${days}`,
  )
  await run('select analytics.refresh_bi()')
})
afterAll(async () => {
  await database?.drop()
})

const sell = (where: string) =>
  run(
    `insert into analytics.fact_sales (
       sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount, gross_amount,
       net_amount, is_return, customer_id, payment_method, source, sold_at, known_at
     )
     select day, store, product, 't' || product % 4, product, 'e', 1 + ${chance("'units'")} % (1 + product % 5), 1, 0, 2, 2, false,
       'c' || ${chance("'customer'")} % 9, 'card', 'till', day, now()
     from ${days} cross join ${stores} cross join ${products} where ${where}`,
  )

const forecast = (where: string) =>
  run(
    `insert into analytics.fact_forecast (
       forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity, p90_quantity
     )
     select day, day::date + ahead, store, product, 'm', 1, 5 + ahead, 3, 9 + product
     from ${days} cross join ${stores} cross join ${products} cross join generate_series(1, 7) as ahead
     where ${chance("'made'")} % 7 > 0 and ${where}`,
  )

/** By sum: its rows, and the same from the facts. Columns are compared by their place. */
const sums: Readonly<Record<string, readonly [sum: string, facts: string]>> = {
  'stock, stock-outs and waste by store and day': [
    `select business_date, store_key, coalesce(stock_value, 0), coalesce(overstock_value, 0), coalesce(round(carrying_cost, 4), 0), stockouts,
       out_of_stock_minutes, coalesce(lost_quantity, 0), coalesce(lost_amount, 0), wasted_quantity, coalesce(wasted_cost_amount, 0),
       coalesce(wasted_list_amount, 0)
     from bi.stock_by_store_day`,
    `select day, store_key, sum(value), sum(over), round(sum(cost), 4), sum(outs), sum(minutes), sum(lost), sum(amount), sum(wasted), sum(wasted_cost),
       sum(wasted_list)
     from (
       select inventory_date, store_key, coalesce(stock_value, 0), coalesce(overstock_value, 0), coalesce(carrying_cost, 0), 0, 0, 0, 0, 0, 0, 0
       from bi.fact_inventory
       union all
       select stockout_date, store_key, 0, 0, 0, 1, out_of_stock_minutes, coalesce(lost_quantity, 0), coalesce(lost_amount, 0), 0, 0, 0
       from bi.fact_stockout
       union all
       select waste_date, store_key, 0, 0, 0, 0, 0, 0, 0, wasted_quantity, coalesce(cost_amount, 0), coalesce(list_amount, 0) from bi.fact_waste
     ) as fact (day, store_key, value, over, cost, outs, minutes, lost, amount, wasted, wasted_cost, wasted_list)
     group by day, store_key`,
  ],
  'slow movers by age': [
    'select measured_on, store_key, aging, products, tied_up_amount from bi.slow_movers_by_age',
    'select measured_on, store_key, aging, count(*), sum(tied_up_amount) from bi.fact_slow_mover group by 1, 2, 3',
  ],
  'forecasts by category': [
    `select forecast_date, target_date, store_key, category, forecasts, mean_quantity, p10_quantity, p90_quantity from analytics.forecast_by_category`,
    `select forecast_date, target_date, store_key, coalesce(category, 'Unknown'), count(*), sum(mean_quantity), sum(p10_quantity), sum(p90_quantity)
     from analytics.fact_forecast join analytics.dim_product using (product_key) group by 1, 2, 3, 4`,
  ],
  'forecasts by category over all stores': [
    'select forecast_date, target_date, category, stores, forecasts, mean_quantity from analytics.forecast_by_category_total',
    `select forecast_date, target_date, coalesce(category, 'Unknown'), count(distinct store_key), count(*), sum(mean_quantity)
     from analytics.fact_forecast join analytics.dim_product using (product_key) group by 1, 2, 3`,
  ],
  'the newest forecast of each store and day': [
    `select target_date, store_key, forecast_date, forecasts, mean_quantity, p10_quantity, p90_quantity, coalesce(actual_quantity, -1)
     from bi.forecast_by_store_day`,
    `select made.target_date, store_key, made.forecast_date, count(*), sum(mean_quantity), sum(p10_quantity), sum(p90_quantity), coalesce(sold.units, -1)
     from analytics.fact_forecast as made
     join analytics.dim_store as store using (store_key)
     join (
       select target_date, store_id, max(forecast_date) as forecast_date
       from analytics.fact_forecast join analytics.dim_store using (store_key)
       group by target_date, store_id
     ) as newest on newest.target_date = made.target_date and newest.store_id = store.store_id and newest.forecast_date = made.forecast_date
     left join lateral (
       select sum(actual_quantity) as units from bi.forecast_accuracy as error
       where error.target_date = made.target_date and error.store_key = made.store_key and horizon_days = made.target_date - made.forecast_date
     ) as sold on true
     group by made.target_date, store_key, made.forecast_date, sold.units`,
  ],
  'errors by week': [
    `select week_start, store_key, category, days, actual_quantity, forecast_quantity, absolute_error from bi.forecast_accuracy_by_week`,
    `select date_trunc('week', target_date)::date, store_key, category, count(*), sum(actual_quantity), sum(forecast_quantity),
       abs(sum(forecast_quantity) - sum(actual_quantity))
     from bi.forecast_accuracy where horizon_days = extract(isodow from target_date) group by 1, 2, 3`,
  ],
  'errors over all stores': [
    `select target_date, category, horizon_days, stores, forecasts, absolute_error, squared_error, squared_forecasts, relative_error, sold_forecasts
     from analytics.forecast_accuracy_total`,
    `select target_date, category, horizon_days, count(distinct store_key), sum(forecasts), sum(absolute_error), sum(squared_error),
       sum(forecasts) filter (where squared_error is not null), sum(relative_error), sum(sold_forecasts)
     from bi.forecast_accuracy group by 1, 2, 3`,
  ],
  'segments of customers': [
    'select store_key, segment, customers, repeat_customers, transactions, net_amount from bi.customer_segments',
    `select store_key, segment, count(*), count(*) filter (where is_repeat), sum(transactions), sum(net_amount)
     from bi.customer_analytics group by 1, 2`,
  ],
  'how evenly products sell': [
    'select month_start, store_key, product_key, xyz_class from bi.product_performance where xyz_class is not null',
    `select month, store_key, product_key, case when deviation <= 0.5 * mean then 'X' when deviation <= mean then 'Y' else 'Z' end
     from (
       select month, store_key, product_key, stddev_pop(units) as deviation, avg(units) as mean
       from (
         select sold.month, store_key, product_key, week, coalesce(sum(quantity), 0) as units
         from (select distinct date_trunc('month', sale_date)::date as month, store_key, product_key from bi.fact_sales) as sold
         join (values
           (date '2024-02-01', date '2024-01-29'), ('2024-02-01', '2024-02-05'), ('2024-02-01', '2024-02-12'), ('2024-02-01', '2024-02-19'),
           ('2024-03-01', '2024-02-26')
         ) as span (month, week) on span.month = sold.month
         left join bi.fact_sales as line using (store_key, product_key)
         where line.sale_date is null or line.sale_date >= week and line.sale_date < week + 7
         group by sold.month, store_key, product_key, week
         union all
         select sold.month, sold.store_key, sold.product_key, week, 0
         from (select distinct date_trunc('month', sale_date)::date as month, store_key, product_key from bi.fact_sales) as sold
         join (values
           (date '2024-02-01', date '2024-01-29'), ('2024-02-01', '2024-02-05'), ('2024-02-01', '2024-02-12'), ('2024-02-01', '2024-02-19'),
           ('2024-03-01', '2024-02-26')
         ) as span (month, week) on span.month = sold.month
         where not exists (
           select from bi.fact_sales as line
           where line.store_key = sold.store_key and line.product_key = sold.product_key and line.sale_date >= week and line.sale_date < week + 7
         )
       ) as weekly
       group by month, store_key, product_key
     ) as varied
     where mean > 0`,
  ],
  'classes of products': [
    'select month_start, store_key, category, abc_class, products, x_products, y_products, z_products from bi.assortment_by_class',
    `select month_start, store_key, coalesce(category, 'Unknown'), abc_class, count(*), count(*) filter (where xyz_class = 'X'),
       count(*) filter (where xyz_class = 'Y'), count(*) filter (where xyz_class = 'Z')
     from bi.product_performance group by 1, 2, 3, 4`,
  ],
}

/** Rows that one has and the other has not. */
async function expectSums(): Promise<void> {
  for (const [name, [sum, facts]] of Object.entries(sums)) {
    const [found] = await run(
      `with sum as (${sum}), fact as (${facts})
       select (select count(*) from sum) > 0 as is_filled,
         (select count(*) from (select * from sum except all select * from fact) as more) as more,
         (select count(*) from (select * from fact except all select * from sum) as less) as less`,
    )
    expect(found, name).toEqual({ is_filled: true, more: '0', less: '0' })
  }
}

test('every sum is that of its facts', expectSums)

test('a sum follows when facts change, come and go, and nothing is summed twice', async () => {
  await run(`update analytics.fact_inventory set opening_quantity = opening_quantity + 40, closing_quantity = closing_quantity + 40 where inventory_date >= '2024-03-01'`)
  await run(`delete from analytics.fact_stockout where stockout_date = '2024-02-20'`)
  await run(`delete from analytics.fact_stock_movement where movement_date = '2024-02-21'`)
  await run(`delete from analytics.fact_slow_mover where measured_on = '2024-03-03' and store_key = 2`)
  // The newest forecast of one day goes, that of another day comes again with another value, and one store is left without any.
  await run(`delete from analytics.fact_forecast where forecast_date = '2024-03-06'`)
  await run(`delete from analytics.fact_forecast where forecast_date = '2024-02-25'`)
  await forecast(`day = '2024-02-25' and store < 3`)
  await run(`delete from analytics.fact_forecast where store_key = 3 and target_date = '2024-03-14'`)
  await run(`delete from analytics.forecast_accuracy where target_date = '2024-02-29' and store_key = 1`)
  await run(`update analytics.forecast_accuracy set actual_quantity = actual_quantity + 3 where target_date = '2024-03-05'`)
  await run('select analytics.refresh_bi()')
  await expectSums()
  expect(await run('select from analytics.changed_day')).toEqual([])
  const [again] = await run(`select rows_written from analytics.refresh_bi() where aggregate = 'changed days'`)
  expect(again).toEqual({ rows_written: '0' })
})

test('days are summed again on request, whatever their sums have become', async () => {
  for (const table of ['stock_by_store_day', 'slow_movers_by_age', 'forecast_by_store_day', 'forecast_by_category', 'forecast_accuracy_by_week']) {
    await run(`delete from analytics.${table}`)
  }
  await run('update analytics.sales_by_product_month set xyz_class = null')
  await run(`select analytics.rebuild_sums('2024-01-26', '2024-03-07')`)
  await expectSums()
})

test('a forecast for the next version of a store takes the place of those for the version before', async () => {
  await run("update analytics.dim_store set valid_to = '2024-03-08+00', is_current = false where store_key = 1")
  await run(
    `insert into analytics.dim_store
     select 101, store_id, 'S1 rebuilt', region, country, currency, time_zone, '2024-03-08+00', '9999-12-31+00', true
     from analytics.dim_store where store_key = 1`,
  )
  await run(
    `insert into analytics.fact_forecast (
       forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity, p10_quantity, p90_quantity
     )
     select date '2024-03-08', date '2024-03-08' + ahead, 101, product, 'm', 1, 4, 2, 7 from ${products} cross join generate_series(1, 7) as ahead`,
  )
  await run('select analytics.refresh_bi()')
  await expectSums()
  expect(await run("select store_key from bi.forecast_by_store_day where target_date = '2024-03-10' and store_key in (1, 101)")).toEqual([
    { store_key: '101' },
  ])
  await run("delete from analytics.fact_forecast where forecast_date = '2024-03-08'")
  await run('select analytics.refresh_bi()')
  await expectSums()
})

test('the sums of a day go with its sales, also those over all stores and those of the month in which its week ends', async () => {
  // A Thursday, whose week ends in March.
  const day = '2024-02-29'
  await run(`delete from analytics.fact_sales where sale_date = '${day}'`)
  await run(`select analytics.forget_sales_days(array[date '${day}'])`)
  expect(await run(`select from bi.sales_by_day where sale_date = '${day}'`)).toEqual([])
  await expectSums()

  await run(`delete from analytics.fact_sales where sale_date = '2024-03-01'`)
  await run(`delete from ops.partition_ledger where date = '2024-03-01'`)
  await run(`select analytics.rebuild_sums('2024-03-01', '2024-03-01')`)
  expect(await run(`select from bi.sales_by_day where sale_date = '2024-03-01'`)).toEqual([])
  await expectSums()
})
