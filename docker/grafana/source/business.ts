import { dashboard, lines, number, rows, variable } from './panels.ts'

const today = `sale_date = (select max(sale_date) from bi.live_sales_hour where store_id = any (array[$store]::text[]))`

export const business = dashboard({
  uid: 'shelfline-business',
  title: 'Live sales and inventory',
  description: 'What the stores sell now, what they have, and what needs a person.',
  from: 'now-2d',
  variables: [
    variable('store', 'Store', 'select distinct store_id from bi.dim_store where is_current order by store_id'),
  ],
  sections: [
    {
      title: 'The newest day',
      panels: [
        number(
          'Revenue',
          `select sum(net_amount - returned_amount) as value from bi.live_sales_hour where store_id = any (array[$store]::text[]) and ${today}`,
          {
            description: 'Of the newest day with sales, returns taken off; in the currency of the stores.',
          },
        ),
        number(
          'Baskets',
          `select sum(transactions) as value from bi.live_sales_hour where store_id = any (array[$store]::text[]) and ${today}`,
          {
            description: 'Transactions of the newest day.',
          },
        ),
        number(
          'Units',
          `select sum(quantity - returned_quantity) as value from bi.live_sales_hour where store_id = any (array[$store]::text[]) and ${today}`,
          {
            description: 'Sold on the newest day, returns taken off.',
          },
        ),
        number(
          'Out of stock',
          `select count(*) as value from bi.inventory_by_store where store_id = any (array[$store]::text[]) and stock_status = 'out of stock'`,
          {
            description: 'Products of a store that have run out.',
            bad: 1,
          },
        ),
        number(
          'Stock value',
          'select sum(stock_value) as value from bi.inventory_by_store where store_id = any (array[$store]::text[])',
          {
            description: 'At unit cost; products without a known cost are left out.',
          },
        ),
        number(
          'Open alerts',
          `select count(*) as value from bi.live_alerts where store_id = any (array[$store]::text[]) and status in ('open', 'acknowledged')`,
          {
            description: 'For people in a store: `shelfline alerts list`.',
          },
        ),
      ],
    },
    {
      title: 'Sales',
      panels: [
        lines(
          'Revenue by hour',
          `select $__timeGroupAlias(sale_hour, 1h), store_id as metric, sum(net_amount - returned_amount) as value
from bi.live_sales_hour
where store_id = any (array[$store]::text[]) and $__timeFilter(sale_hour)
group by 1, 2
order by 1`,
          { description: "Hours are in the stores' own time.", bars: true, stacked: true, width: 12 },
        ),
        lines(
          'Baskets and entries by hour',
          `select $__timeGroup(sale_hour, 1h) as time, series.metric, sum(series.value) as value
from bi.live_sales_hour
cross join lateral (values ('baskets', transactions), ('entries', entries)) as series (metric, value)
where store_id = any (array[$store]::text[]) and $__timeFilter(sale_hour)
group by 1, 2
order by 1`,
          { description: 'Entries are those that a counter at the door has seen.', width: 12 },
        ),
        lines(
          'Revenue by day',
          `select sale_date::timestamp as time, store_id as metric, sum(net_amount) as value
from bi.daily_sales_summary
where store_id = any (array[$store]::text[]) and $__timeFilter(sale_date::timestamp)
group by 1, 2
order by 1`,
          { description: 'Of the star schema, built each morning.', bars: true, stacked: true, width: 12 },
        ),
        rows(
          'Best products of the last built month',
          `select product_name, category, sum(net_amount) as revenue, sum(quantity) as units, sum(margin_amount) as margin
from bi.product_performance
where month_start = (select max(month_start) from bi.product_performance)
group by product_key, product_name, category
order by revenue desc nulls last
limit 20`,
          { description: 'Of all stores.' },
        ),
      ],
    },
    {
      title: 'Inventory',
      panels: [
        rows(
          'By state of stock',
          `select stock_status, count(*) as products, sum(on_hand_quantity) as units, sum(stock_value) as value,
  sum(overstock_value) as overstock_value
from bi.inventory_by_store
where store_id = any (array[$store]::text[])
group by stock_status
order by products desc`,
          { description: 'Products of a store, each in one state.' },
        ),
        rows(
          'Runs out next',
          `select store_name, product_name, on_hand_quantity, round(daily_quantity, 1) as sold_per_day, round(days_of_cover, 1) as days_of_cover
from bi.inventory_by_store
where store_id = any (array[$store]::text[]) and on_hand_quantity > 0 and daily_quantity > 0
order by days_of_cover
limit 20`,
          { description: 'The least days of cover.' },
        ),
        lines(
          'Stock-outs that began, by day',
          `select stockout_date::timestamp as time, count(*) as value
from bi.fact_stockout
join bi.dim_store using (store_key)
where store_id = any (array[$store]::text[]) and $__timeFilter(stockout_date::timestamp)
group by 1
order by 1`,
          { description: 'Products of a store that ran out.', bars: true, width: 12 },
        ),
        lines(
          'Lost sales by day',
          `select stockout_date::timestamp as time, sum(lost_amount) as value
from bi.fact_stockout
join bi.dim_store using (store_key)
where store_id = any (array[$store]::text[]) and $__timeFilter(stockout_date::timestamp)
group by 1
order by 1`,
          { description: 'What would have been sold, at its price; an estimate.', bars: true, width: 12 },
        ),
      ],
    },
    {
      title: 'Alerts for people',
      panels: [
        rows(
          'Open alerts by type',
          `select alert_type, severity, count(*) as alerts, min(first_seen) as oldest, max(last_seen) as last_seen
from bi.live_alerts
where store_id = any (array[$store]::text[]) and status in ('open', 'acknowledged')
group by alert_type, severity
order by alerts desc`,
          { description: 'What people in the stores see.' },
        ),
        lines(
          'New alerts by hour',
          `select $__timeGroupAlias(first_seen, 1h), alert_type as metric, count(*) as value
from bi.live_alerts
where store_id = any (array[$store]::text[]) and $__timeFilter(first_seen)
group by 1, 2
order by 1`,
          { description: 'By the hour in which each was first seen.', bars: true, stacked: true, width: 12 },
        ),
      ],
    },
  ],
})
