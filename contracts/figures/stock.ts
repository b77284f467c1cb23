import { group } from './figure.ts'

/** Of the live stock, as it is now, from the sums by store and category. */
const now = (expression: string) => `select ${expression} as value from bi.stock_by_category`
const days = '($2::date - $1::date + 1)'
/** Of the days, from the sums by store and day. */
const ofDays = (expression: string) =>
  `select ${expression} as value from bi.stock_by_store_day where business_date between $1 and $2`

export const stockFigures = group(
  'Stock',
  'Stock is that of now; what flows is of the days from the first to the last.',
  [
    {
      name: 'stock_value',
      title: 'Stock value',
      meaning: 'Units on hand × what they cost, of the products whose cost is known. Never added over days.',
      unit: 'money',
      direction: null,
      sql: now('sum(stock_value)'),
      dax: 'SUM ( inventory_by_store[stock_value] )',
    },
    {
      name: 'stock_cover',
      title: 'Days of cover',
      meaning: 'Units on hand ÷ units sold a day over 28 days, of the products that sell.',
      unit: 'days',
      direction: null,
      sql: now('sum(selling_quantity) / nullif(sum(daily_quantity), 0)'),
      dax: 'DIVIDE ( CALCULATE ( SUM ( inventory_by_store[on_hand_quantity] ), inventory_by_store[daily_quantity] > 0 ), SUM ( inventory_by_store[daily_quantity] ) )',
    },
    {
      name: 'turnover',
      title: 'Inventory turnover',
      meaning: 'Cost of sales of the days, brought to a year, ÷ stock value.',
      unit: 'times a year',
      direction: 'up',
      sql: `select
        (select sum(cost_amount) from bi.sales_by_store_day where sale_date between $1 and $2) * 365 / ${days}
          / nullif((select sum(stock_value) from bi.stock_by_category), 0) as value`,
      dax: 'DIVIDE ( [Cost of sales] * 365 / COUNTROWS ( dim_date ), [Stock value] )',
    },
    {
      name: 'gmroi',
      title: 'GMROI',
      meaning: 'Margin of the days, brought to a year, ÷ stock value: what a unit of money in stock earns.',
      unit: 'times a year',
      direction: 'up',
      sql: `select
        (select sum(margin_amount) from bi.sales_by_store_day where sale_date between $1 and $2) * 365 / ${days}
          / nullif((select sum(stock_value) from bi.stock_by_category), 0) as value`,
      dax: 'DIVIDE ( [Margin] * 365 / COUNTROWS ( dim_date ), [Stock value] )',
    },
    {
      name: 'sell_through',
      title: 'Sell-through',
      meaning: 'Units sold ÷ units sold and units on hand now.',
      unit: 'share',
      direction: 'up',
      sql: `select sold / nullif(sold + (select sum(positive_quantity) from bi.stock_by_category), 0) as value
      from (select sum(quantity) as sold from bi.sales_by_store_day where sale_date between $1 and $2) as days`,
      dax: 'DIVIDE ( [Units], [Units] + SUMX ( inventory_by_store, MAX ( inventory_by_store[on_hand_quantity], 0 ) ) )',
    },
    {
      name: 'overstock_value',
      title: 'Overstock value',
      meaning: 'Value of what is on hand beyond the maximum cover of the default policy, and of what does not sell.',
      unit: 'money',
      direction: 'down',
      sql: now('sum(overstock_value)'),
      dax: 'SUM ( inventory_by_store[overstock_value] )',
    },
    {
      name: 'carrying_cost',
      title: 'Carrying cost',
      meaning: 'What holding the stock of now costs over as many days, at the yearly rate of the default policy.',
      unit: 'money',
      direction: 'down',
      sql: `select sum(carrying_cost_per_day) * ${days} as value from bi.stock_by_category`,
      dax: 'SUM ( inventory_by_store[carrying_cost_per_day] ) * COUNTROWS ( dim_date )',
    },
    {
      name: 'stock_over_90_days',
      title: 'Stock over 90 days old',
      meaning:
        'Value of the slow movers of the newest day that did not sell for more than 90 days, at cost, else at price.',
      unit: 'money',
      direction: 'down',
      sql: `select sum(tied_up_amount) as value from bi.slow_movers_by_age
      where aging = 'over 90' and measured_on = (select max(measured_on) from bi.slow_movers_by_age where measured_on <= $2)`,
      dax: 'CALCULATE ( SUM ( fact_slow_mover[tied_up_amount] ), fact_slow_mover[aging] = "over 90", fact_slow_mover[measured_on] = MAX ( fact_slow_mover[measured_on] ) )',
    },
    {
      name: 'stock_out_rate',
      title: 'Stock-out rate',
      meaning: 'Share of the products that sell that are out of stock now, per store.',
      unit: 'share',
      direction: 'down',
      sql: now('sum(out_of_stock_products) / nullif(sum(selling_products), 0)'),
      dax: 'DIVIDE ( CALCULATE ( COUNTROWS ( inventory_by_store ), inventory_by_store[daily_quantity] > 0, inventory_by_store[on_hand_quantity] <= 0 ), CALCULATE ( COUNTROWS ( inventory_by_store ), inventory_by_store[daily_quantity] > 0 ) )',
    },
    {
      name: 'below_safety_stock',
      title: 'Products below safety stock',
      meaning: 'Products of stores whose units on hand are below their safety stock, those out of stock included.',
      unit: 'count',
      direction: 'down',
      sql: now('coalesce(sum(below_safety_stock_products), 0)'),
      dax: 'COUNTROWS ( FILTER ( inventory_by_store, inventory_by_store[on_hand_quantity] < inventory_by_store[safety_stock] ) ) + 0',
    },
    {
      name: 'stock_outs',
      title: 'Stock-outs',
      meaning: 'Products of stores that were out of stock during part of a day, once a day.',
      unit: 'count',
      direction: 'down',
      sql: ofDays('coalesce(sum(stockouts), 0)'),
      dax: 'COUNTROWS ( fact_stockout ) + 0',
    },
    {
      name: 'availability',
      title: 'Availability',
      meaning: 'Share of the minutes of the days in which the products that sell were in stock.',
      unit: 'share',
      direction: 'up',
      sql: `select 1 - coalesce((${ofDays('sum(out_of_stock_minutes)')}), 0)
        / nullif(sum(selling_products) * ${days} * 1440, 0) as value
      from bi.stock_by_category`,
      dax: '1 - DIVIDE ( SUM ( fact_stockout[out_of_stock_minutes] ), CALCULATE ( COUNTROWS ( inventory_by_store ), inventory_by_store[daily_quantity] > 0 ) * COUNTROWS ( dim_date ) * 1440 )',
    },
    {
      name: 'lost_sales',
      title: 'Lost sales',
      meaning: 'What would have sold while products were out of stock, at list prices, as far as they are known.',
      unit: 'money',
      direction: 'down',
      sql: ofDays('sum(lost_amount)'),
      dax: 'SUM ( fact_stockout[lost_amount] )',
    },
    {
      name: 'waste_cost',
      title: 'Waste',
      meaning: 'What the goods cost that were wasted, as far as it is known.',
      unit: 'money',
      direction: 'down',
      sql: ofDays('sum(wasted_cost_amount)'),
      dax: 'SUM ( fact_waste[cost_amount] )',
    },
    {
      name: 'waste_rate',
      title: 'Waste rate',
      meaning: 'Units wasted ÷ units sold and wasted.',
      unit: 'share',
      direction: 'down',
      sql: `select wasted / nullif(wasted + (select sum(quantity) from bi.sales_by_store_day where sale_date between $1 and $2), 0) as value
      from (select coalesce(sum(wasted_quantity), 0) as wasted from bi.stock_by_store_day where business_date between $1 and $2) as days`,
      dax: 'DIVIDE ( SUM ( fact_waste[wasted_quantity] ) + 0, SUM ( fact_waste[wasted_quantity] ) + [Units] )',
    },
  ],
)
