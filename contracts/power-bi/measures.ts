/** The measures of the model: every figure of the catalogue, and what only the report needs. */
import { formats } from '../figures/figure.ts'
import { figureGroups } from '../figures/index.ts'

export interface Measure {
  title: string
  meaning: string
  format: string
  folder: string
  /** Over tables and columns that are called like the views; `[title]` is another measure. */
  dax: string
  /** The same over `bi`, as of a figure, with the sliders where they begin; null: it asks no view. */
  sql: string | null
  /** The value is the address of a page. */
  isAddress?: boolean
}

const inFolder = (folder: string, measures: readonly Omit<Measure, 'folder'>[]): Measure[] =>
  measures.map((measure) => ({ ...measure, folder }))

const text = { format: '' }
const count = { format: formats.count }
const units = { format: formats.units }
const money = { format: formats.money }
const share = { format: formats.share }

/** Of the newest forecast of each store and day; what was sold is in each of its forecasts. */
const newest = (column: string, sum: string) => ({
  sql: `select sum(${sum}) as value from bi.forecast_by_store_day where target_date between $1 and $2`,
  dax: `SUMX ( FILTER ( ml_forecast_results, ml_forecast_results[horizon_days] = CALCULATE ( MIN ( ml_forecast_results[horizon_days] ), ALLEXCEPT ( ml_forecast_results, ml_forecast_results[target_date], ml_forecast_results[store_key] ) ) ), ml_forecast_results[${column}] )`,
})

const ofReport: readonly Measure[] = [
  ...inFolder('Now', [
    {
      title: 'Sales today',
      meaning: 'Revenue of the newest day that the tills have reported.',
      ...money,
      sql: 'select sum(net_amount) as value from bi.live_sales_hour where sale_date = (select max(sale_date) from bi.live_sales_hour)',
      dax: 'CALCULATE ( SUM ( live_sales_hour[net_amount] ), live_sales_hour[sale_date] = MAX ( live_sales_hour[sale_date] ) )',
    },
    {
      title: 'Usual sales of the day',
      meaning: 'Mean revenue of the same weekday in the four weeks before: the target as long as no other is set.',
      ...money,
      sql: `select sum(net_amount) / 4 as value
      from bi.sales_by_store_day
      cross join (select max(sale_date) as today from bi.live_sales_hour) as newest
      where sale_date >= today - 28 and sale_date < today and extract(isodow from sale_date) = extract(isodow from today)`,
      dax: `VAR Today = MAX ( live_sales_hour[sale_date] )
RETURN DIVIDE ( CALCULATE ( [Revenue], FILTER ( ALL ( dim_date ), dim_date[calendar_date] >= Today - 28 && dim_date[calendar_date] < Today && dim_date[day_of_week] = WEEKDAY ( Today, 2 ) ) ), 4 )`,
    },
    {
      title: 'Units on hand',
      meaning: 'Units that should be on hand now.',
      ...units,
      sql: 'select sum(on_hand_quantity) as value from bi.stock_by_category',
      dax: 'SUM ( inventory_by_store[on_hand_quantity] )',
    },
    {
      title: 'Products out of stock',
      meaning: 'Products of stores that sell and that are out of stock now.',
      ...count,
      sql: 'select coalesce(sum(out_of_stock_products), 0) as value from bi.stock_by_category',
      dax: 'COUNTROWS ( FILTER ( inventory_by_store, inventory_by_store[on_hand_quantity] <= 0 && inventory_by_store[daily_quantity] > 0 ) ) + 0',
    },
    {
      title: 'Stores with overstock',
      meaning: 'Stores that have a product beyond the maximum cover of the default policy.',
      ...count,
      sql: 'select count(distinct store_id) as value from bi.stock_by_category where overstock_value > 0',
      dax: 'CALCULATE ( DISTINCTCOUNT ( inventory_by_store[store_id] ), inventory_by_store[overstock_value] > 0 ) + 0',
    },
    {
      title: 'Open alerts',
      meaning: 'Alerts that are not resolved.',
      ...count,
      sql: 'select count(*) as value from bi.live_alerts where resolved_at is null',
      dax: 'COUNTROWS ( FILTER ( live_alerts, ISBLANK ( live_alerts[resolved_at] ) ) ) + 0',
    },
    {
      title: 'Critical alerts',
      meaning: 'Those of them that are critical.',
      ...count,
      sql: `select count(*) as value from bi.live_alerts where resolved_at is null and severity = 'critical'`,
      dax: 'CALCULATE ( [Open alerts], live_alerts[severity] = "critical" )',
    },
    {
      title: 'Unusual sales',
      meaning: 'Sales that the champion forest finds unusual.',
      ...count,
      sql: 'select count(*) as value from bi.live_anomalies',
      dax: 'COUNTROWS ( live_anomalies ) + 0',
    },
    {
      title: 'Tied-up value',
      meaning: 'Value of the stock of slow movers on the newest day, at cost, else at price.',
      ...money,
      sql: `select sum(tied_up_amount) as value from bi.slow_movers_by_age
      where measured_on = (select max(measured_on) from bi.slow_movers_by_age where measured_on <= $2)`,
      dax: 'CALCULATE ( SUM ( fact_slow_mover[tied_up_amount] ), fact_slow_mover[measured_on] = MAX ( fact_slow_mover[measured_on] ) )',
    },
    {
      title: 'Outstanding value',
      meaning: 'Value of what was ordered and has not come.',
      ...money,
      sql: 'select sum(outstanding_amount) as value from bi.open_orders',
      dax: 'SUM ( open_orders[outstanding_amount] )',
    },
  ]),
  ...inFolder('Orders', [
    {
      title: 'Proposed units',
      meaning: 'Units that replenishment proposed.',
      ...units,
      sql: 'select sum(proposed_quantity) as value from bi.reorder_predictions where order_date between $1 and $2',
      dax: 'SUM ( reorder_predictions[proposed_quantity] )',
    },
    {
      title: 'Highest stock-out risk',
      meaning: 'Highest probability that a product runs out before its next delivery.',
      ...share,
      sql: 'select max(stock_out_probability) as value from bi.reorder_predictions where order_date between $1 and $2',
      dax: 'MAX ( reorder_predictions[stock_out_probability] )',
    },
    {
      title: 'Supplier fill',
      meaning: 'Mean over the locations of units that came ÷ units ordered, in 180 days.',
      ...share,
      sql: 'select avg(fill) as value from bi.supplier_performance',
      dax: 'AVERAGE ( supplier_performance[fill] )',
    },
  ]),
  ...inFolder('Sales', [
    {
      title: 'Product revenue',
      meaning: 'Revenue by the month, for products.',
      ...money,
      sql: 'select sum(net_amount) as value from bi.products_by_month where month_start between $1 and $2',
      dax: 'SUM ( product_performance[net_amount] )',
    },
    {
      title: 'Category revenue',
      meaning: 'Revenue by the day, for categories.',
      ...money,
      sql: 'select sum(net_amount) as value from bi.sales_by_category where sale_date between $1 and $2',
      dax: 'SUM ( sales_by_category_day[net_amount] )',
    },
    {
      title: 'Revenue, change over the week before',
      meaning: 'Growth of revenue over the seven days before.',
      ...share,
      sql: `select sum(net_amount) filter (where sale_date >= $1) / nullif(sum(net_amount) filter (where sale_date <= $2::date - 7), 0) - 1 as value
      from bi.sales_by_store_day where sale_date between $1 and $2 or sale_date between $1::date - 7 and $2::date - 7`,
      dax: `VAR Before = CALCULATE ( [Revenue], DATEADD ( dim_date[calendar_date], -7, DAY ) )
RETURN DIVIDE ( [Revenue] - Before, Before )`,
    },
  ]),
  ...inFolder('Forecasts', [
    {
      title: 'Forecast units',
      meaning: 'Units forecast, of the newest forecast of each store and day.',
      ...units,
      ...newest('forecast_quantity', 'mean_quantity'),
    },
    {
      title: 'Forecast, low',
      meaning: 'Sum of the lower bounds (10 %).',
      ...units,
      ...newest('p10_quantity', 'p10_quantity'),
    },
    {
      title: 'Forecast, high',
      meaning: 'Sum of the upper bounds (90 %).',
      ...units,
      ...newest('p90_quantity', 'p90_quantity'),
    },
    {
      title: 'Units sold of forecast days',
      meaning: 'What was sold on the days that were forecast.',
      ...units,
      ...newest('actual_quantity', 'actual_quantity'),
    },
    {
      title: 'Drift',
      meaning: 'Highest value of a drift check.',
      format: '0.000',
      sql: 'select max(value) as value from bi.model_drift where drift_date between $1 and $2',
      dax: 'MAX ( model_drift[value] )',
    },
    {
      title: 'Drift threshold',
      meaning: 'Above it a model has drifted.',
      format: '0.000',
      sql: 'select max(threshold) as value from bi.model_drift where drift_date between $1 and $2',
      dax: 'MAX ( model_drift[threshold] )',
    },
  ]),
  ...inFolder('What if', [
    {
      title: 'Service level value',
      meaning: 'The service level that the slider is at.',
      ...share,
      sql: null,
      dax: "SELECTEDVALUE ( 'Service level'[Service level], 0.95 )",
    },
    {
      title: 'Lead time change value',
      meaning: 'The days by which the slider makes lead times longer.',
      ...count,
      sql: null,
      dax: "SELECTEDVALUE ( 'Lead time change'[Lead time change], 0 )",
    },
    {
      title: 'Price change value',
      meaning: 'The share by which the slider changes prices.',
      ...share,
      sql: null,
      dax: "SELECTEDVALUE ( 'Price change'[Price change], 0 )",
    },
    {
      title: 'Safety stock, what if',
      meaning: 'Safety stock of now × the quantile of the chosen service level ÷ that of 95 %.',
      ...units,
      sql: 'select sum(safety_stock) as value from bi.stock_by_category',
      dax: 'SUM ( inventory_by_store[safety_stock] ) * DIVIDE ( NORM.S.INV ( [Service level value] ), NORM.S.INV ( 0.95 ) )',
    },
    {
      title: 'Reorder point, what if',
      meaning: 'Safety stock, what if, and the demand until a delivery that takes as many days longer.',
      ...units,
      sql: 'select sum(reorder_point) as value from bi.stock_by_category',
      dax: '[Safety stock, what if] + SUM ( inventory_by_store[reorder_point] ) - SUM ( inventory_by_store[safety_stock] ) + SUM ( inventory_by_store[daily_quantity] ) * [Lead time change value]',
    },
    {
      title: 'Margin, what if',
      meaning: 'Margin if prices change and the units stay.',
      ...money,
      sql: 'select sum(margin_amount) as value from bi.sales_by_store_day where sale_date between $1 and $2',
      dax: '[Margin] + [Revenue] * [Price change value]',
    },
  ]),
  ...inFolder('Links', [
    address('Alerts in Shelfline', 'alerts'),
    address('Orders in Shelfline', 'orders'),
    address('What-if in Shelfline', 'whatif'),
    address('Models in Shelfline', 'models'),
  ]),
  ...inFolder('Data', [
    {
      title: 'Data up to',
      meaning: 'Newest day of the sales.',
      format: 'yyyy-mm-dd',
      sql: `select max(last_date) as value from bi.data_freshness where asset = 'fact_sales'`,
      dax: 'CALCULATE ( MAX ( data_freshness[last_date] ), data_freshness[asset] = "fact_sales" )',
    },
    {
      title: 'Failed checks',
      meaning: 'Checks of partitions that did not pass.',
      ...count,
      sql: 'select count(*) as value from bi.data_quality where not passed and business_date between $1 and $2',
      dax: 'COUNTROWS ( FILTER ( data_quality, NOT data_quality[passed] ) ) + 0',
    },
  ]),
]

function address(title: string, path: string): Omit<Measure, 'folder'> {
  return {
    title,
    meaning: `Address of the page \`/${path}\` of the web application, where a person acts.`,
    ...text,
    sql: null,
    isAddress: true,
    dax: `MAX ( 'Web application'[Address] ) & "/${path}"`,
  }
}

export const measures: readonly Measure[] = [
  ...figureGroups.flatMap(({ title: folder, figures }) =>
    figures.map(({ title, meaning, format, sql, dax }) => ({ title, meaning, format, folder, sql, dax })),
  ),
  ...ofReport,
]
