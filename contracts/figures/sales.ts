import { group } from './figure.ts'

const sumOf = (column: string) =>
  `select sum(${column}) as value from bi.sales_by_store_day where sale_date between $1 and $2`
const ratioOf = (above: string, below: string) =>
  `select sum(${above}) / nullif(sum(${below}), 0) as value from bi.sales_by_store_day where sale_date between $1 and $2`

export const salesFigures = group('Sales', 'Of the days from the first to the last, returns taken off.', [
  {
    name: 'revenue',
    title: 'Revenue',
    meaning: 'Money paid less money paid back. Stores of different currencies are added as they are.',
    unit: 'money',
    direction: 'up',
    sql: sumOf('net_amount'),
    dax: 'SUM ( sales_by_store_day[net_amount] )',
  },
  {
    name: 'units',
    title: 'Units',
    meaning: 'Units sold less units returned.',
    unit: 'units',
    direction: 'up',
    sql: sumOf('quantity'),
    dax: 'SUM ( sales_by_store_day[quantity] )',
  },
  {
    name: 'transactions',
    title: 'Transactions',
    meaning: 'Baskets or invoices.',
    unit: 'count',
    direction: 'up',
    sql: sumOf('transactions'),
    dax: 'SUM ( sales_by_store_day[transactions] )',
  },
  {
    name: 'average_basket',
    title: 'Average basket',
    meaning: 'Revenue ÷ transactions.',
    unit: 'money',
    direction: 'up',
    sql: ratioOf('net_amount', 'transactions'),
    dax: 'DIVIDE ( [Revenue], [Transactions] )',
  },
  {
    name: 'cost_of_sales',
    title: 'Cost of sales',
    meaning: 'What the goods cost that were sold, by the terms at the sale; without the lines whose cost is unknown.',
    unit: 'money',
    direction: null,
    sql: sumOf('cost_amount'),
    dax: 'SUM ( sales_by_store_day[cost_amount] )',
  },
  {
    name: 'margin',
    title: 'Margin',
    meaning: 'Revenue less cost of sales, of the lines whose cost is known.',
    unit: 'money',
    direction: 'up',
    sql: sumOf('margin_amount'),
    dax: 'SUM ( sales_by_store_day[margin_amount] )',
  },
  {
    name: 'margin_rate',
    title: 'Margin rate',
    meaning: 'Margin ÷ the revenue of the lines whose cost is known.',
    unit: 'share',
    direction: 'up',
    sql: ratioOf('margin_amount', 'costed_net_amount'),
    dax: 'DIVIDE ( [Margin], SUM ( sales_by_store_day[costed_net_amount] ) )',
  },
  {
    name: 'cost_coverage',
    title: 'Revenue with a known cost',
    meaning: 'Share of the revenue whose cost is known: how far margin can be trusted.',
    unit: 'share',
    direction: 'up',
    sql: ratioOf('costed_net_amount', 'net_amount'),
    dax: 'DIVIDE ( SUM ( sales_by_store_day[costed_net_amount] ), [Revenue] )',
  },
  {
    name: 'discount_rate',
    title: 'Discount rate',
    meaning: 'Money taken off ÷ sales at list prices.',
    unit: 'share',
    direction: null,
    sql: ratioOf('discount_amount', 'gross_amount'),
    dax: 'DIVIDE ( SUM ( sales_by_store_day[discount_amount] ), SUM ( sales_by_store_day[gross_amount] ) )',
  },
  {
    name: 'return_rate',
    title: 'Return rate',
    meaning: 'Units returned ÷ units sold before returns.',
    unit: 'share',
    direction: 'down',
    sql: `select sum(returned_quantity) / nullif(sum(quantity + returned_quantity), 0) as value
      from bi.sales_by_store_day where sale_date between $1 and $2`,
    dax: 'DIVIDE ( SUM ( sales_by_store_day[returned_quantity] ), [Units] + SUM ( sales_by_store_day[returned_quantity] ) )',
  },
  {
    name: 'conversion',
    title: 'Conversion',
    meaning: 'Transactions ÷ people who entered, of the hours with a counter.',
    unit: 'share',
    direction: 'up',
    sql: `select sum(transactions) / nullif(sum(entries), 0)::numeric as value
      from bi.store_hour where business_date between $1 and $2 and entries is not null`,
    dax: 'DIVIDE ( CALCULATE ( SUM ( store_hour[transactions] ), NOT ISBLANK ( store_hour[entries] ) ), SUM ( store_hour[entries] ) )',
  },
  {
    name: 'revenue_year_before',
    title: 'Revenue year before',
    meaning: 'Revenue of the same weekdays 52 weeks before.',
    unit: 'money',
    direction: null,
    sql: `select sum(net_amount) as value from bi.sales_by_store_day where sale_date between $1::date - 364 and $2::date - 364`,
    dax: 'CALCULATE ( [Revenue], DATEADD ( dim_date[calendar_date], -364, DAY ) )',
  },
  {
    name: 'like_for_like',
    title: 'Like for like',
    meaning: 'Growth of revenue over the same weekdays 52 weeks before, of the stores that sold in both.',
    unit: 'share',
    direction: 'up',
    sql: `select sum(own.now) / nullif(sum(own.before), 0) - 1 as value
      from (
        select
          store_id,
          sum(net_amount) filter (where sale_date between $1 and $2) as now,
          sum(net_amount) filter (where sale_date between $1::date - 364 and $2::date - 364) as before
        from bi.sales_by_store_day
        join bi.dim_store using (store_key)
        where sale_date between $1 and $2 or sale_date between $1::date - 364 and $2::date - 364
        group by store_id
      ) as own
      where own.now is not null and own.before is not null`,
    dax: `VAR Both = FILTER ( VALUES ( dim_store[store_id] ), NOT ISBLANK ( [Revenue] ) && NOT ISBLANK ( [Revenue year before] ) )
RETURN DIVIDE ( SUMX ( Both, [Revenue] ), SUMX ( Both, [Revenue year before] ) ) - 1`,
  },
  {
    name: 'target',
    title: 'Target',
    meaning: 'The revenue that stores are to reach, as it was sent to sales_targets.',
    unit: 'money',
    direction: null,
    sql: 'select sum(target_amount) as value from bi.sales_target where target_date between $1 and $2',
    dax: 'SUM ( sales_target[target_amount] )',
  },
  {
    name: 'attainment',
    title: 'Attainment',
    meaning: 'Revenue ÷ target, of the stores and days that have a target and were built.',
    unit: 'share',
    direction: 'up',
    sql: `select sum(sold.net_amount) / nullif(sum(target.target_amount), 0) as value
      from bi.sales_target as target
      join (
        select store_id, sale_date, sum(net_amount) as net_amount
        from bi.sales_by_store_day
        join bi.dim_store using (store_key)
        where sale_date between $1 and $2
        group by store_id, sale_date
      ) as sold on sold.store_id = target.store_id and sold.sale_date = target.target_date
      where target.target_date between $1 and $2`,
    dax: `VAR Known = FILTER ( SUMMARIZE ( sales_target, dim_store[store_id], dim_date[calendar_date] ), NOT ISBLANK ( [Revenue] ) && NOT ISBLANK ( [Target] ) )
RETURN DIVIDE ( SUMX ( Known, [Revenue] ), SUMX ( Known, [Target] ) )`,
  },
  {
    name: 'repeat_rate',
    title: 'Repeat rate',
    meaning: 'Share of the known customers who bought more than once, of all time.',
    unit: 'share',
    direction: 'up',
    sql: 'select sum(repeat_customers) / nullif(sum(customers), 0) as value from bi.customer_segments',
    dax: 'DIVIDE ( SUM ( customer_segments[repeat_customers] ), SUM ( customer_segments[customers] ) )',
  },
  {
    name: 'products_in_class_a',
    title: 'Products in class A',
    meaning: 'Share of the products of the months that make the first 80 % of the revenue of a store.',
    unit: 'share',
    direction: null,
    sql: `select sum(products) filter (where abc_class = 'A') / nullif(sum(products), 0) as value
      from bi.assortment_by_class where month_start between date_trunc('month', $1::date) and $2`,
    dax: 'DIVIDE ( CALCULATE ( COUNTROWS ( product_performance ), product_performance[abc_class] = "A" ), COUNTROWS ( product_performance ) )',
  },
  {
    name: 'products_in_class_x',
    title: 'Products in class X',
    meaning:
      'Share of the products of the months whose weekly sales in a store vary by at most half of their mean, by the weeks that ended in the month.',
    unit: 'share',
    direction: 'up',
    sql: `select sum(x_products) / nullif(sum(x_products + y_products + z_products), 0) as value
      from bi.assortment_by_class where month_start between date_trunc('month', $1::date) and $2`,
    dax: 'DIVIDE ( CALCULATE ( COUNTROWS ( product_performance ), product_performance[xyz_class] = "X" ), CALCULATE ( COUNTROWS ( product_performance ), NOT ISBLANK ( product_performance[xyz_class] ) ) )',
  },
])
