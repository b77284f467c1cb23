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

const ofReport: readonly Measure[] = [
  ...inFolder('Now', [
    {
      title: 'Sales today',
      meaning: 'Revenue of the newest day that the tills have reported.',
      ...money,
      dax: 'CALCULATE ( SUM ( live_sales_hour[net_amount] ), live_sales_hour[sale_date] = MAX ( live_sales_hour[sale_date] ) )',
    },
    {
      title: 'Usual sales of the day',
      meaning: 'Mean revenue of the same weekday in the four weeks before: the target as long as no other is set.',
      ...money,
      dax: `VAR Today = MAX ( live_sales_hour[sale_date] )
RETURN DIVIDE ( CALCULATE ( [Revenue], FILTER ( ALL ( dim_date ), dim_date[calendar_date] >= Today - 28 && dim_date[calendar_date] < Today && dim_date[day_of_week] = WEEKDAY ( Today, 2 ) ) ), 4 )`,
    },
    {
      title: 'Units on hand',
      meaning: 'Units that should be on hand now.',
      ...units,
      dax: 'SUM ( inventory_by_store[on_hand_quantity] )',
    },
    {
      title: 'Products out of stock',
      meaning: 'Products of stores that sell and that are out of stock now.',
      ...count,
      dax: 'COUNTROWS ( FILTER ( inventory_by_store, inventory_by_store[on_hand_quantity] <= 0 && inventory_by_store[daily_quantity] > 0 ) ) + 0',
    },
    {
      title: 'Stores with overstock',
      meaning: 'Stores that have a product beyond the maximum cover of the default policy.',
      ...count,
      dax: 'CALCULATE ( DISTINCTCOUNT ( inventory_by_store[store_id] ), inventory_by_store[overstock_value] > 0 ) + 0',
    },
    {
      title: 'Open alerts',
      meaning: 'Alerts that are not resolved.',
      ...count,
      dax: 'COUNTROWS ( FILTER ( live_alerts, ISBLANK ( live_alerts[resolved_at] ) ) ) + 0',
    },
    {
      title: 'Critical alerts',
      meaning: 'Those of them that are critical.',
      ...count,
      dax: 'CALCULATE ( [Open alerts], live_alerts[severity] = "critical" )',
    },
    {
      title: 'Unusual sales',
      meaning: 'Sales that the champion forest finds unusual.',
      ...count,
      dax: 'COUNTROWS ( live_anomalies ) + 0',
    },
    {
      title: 'Tied-up value',
      meaning: 'Value of the stock of slow movers on the newest day, at cost, else at price.',
      ...money,
      dax: 'CALCULATE ( SUM ( fact_slow_mover[tied_up_amount] ), fact_slow_mover[measured_on] = MAX ( fact_slow_mover[measured_on] ) )',
    },
    {
      title: 'Outstanding value',
      meaning: 'Value of what was ordered and has not come.',
      ...money,
      dax: 'SUM ( open_orders[outstanding_amount] )',
    },
  ]),
  ...inFolder('Orders', [
    {
      title: 'Proposed units',
      meaning: 'Units that replenishment proposed.',
      ...units,
      dax: 'SUM ( reorder_predictions[proposed_quantity] )',
    },
    {
      title: 'Highest stock-out risk',
      meaning: 'Highest probability that a product runs out before its next delivery.',
      ...share,
      dax: 'MAX ( reorder_predictions[stock_out_probability] )',
    },
    {
      title: 'Supplier fill',
      meaning: 'Mean over the locations of units that came ÷ units ordered, in 180 days.',
      ...share,
      dax: 'AVERAGE ( supplier_performance[fill] )',
    },
  ]),
  ...inFolder('Sales', [
    {
      title: 'Product revenue',
      meaning: 'Revenue by the month, for products.',
      ...money,
      dax: 'SUM ( product_performance[net_amount] )',
    },
    {
      title: 'Category revenue',
      meaning: 'Revenue by the day, for categories.',
      ...money,
      dax: 'SUM ( sales_by_category_day[net_amount] )',
    },
    {
      title: 'Revenue, change over the week before',
      meaning: 'Growth of revenue over the seven days before.',
      ...share,
      dax: `VAR Before = CALCULATE ( [Revenue], DATEADD ( dim_date[calendar_date], -7, DAY ) )
RETURN DIVIDE ( [Revenue] - Before, Before )`,
    },
  ]),
  ...inFolder('Forecasts', [
    {
      title: 'Forecast units',
      meaning: 'Units forecast, of the newest forecast of each day.',
      ...units,
      dax: newest('forecast_quantity'),
    },
    { title: 'Forecast, low', meaning: 'Sum of the lower bounds (10 %).', ...units, dax: newest('p10_quantity') },
    { title: 'Forecast, high', meaning: 'Sum of the upper bounds (90 %).', ...units, dax: newest('p90_quantity') },
    {
      title: 'Units sold of forecast days',
      meaning: 'What was sold on the days that were forecast.',
      ...units,
      dax: newest('actual_quantity'),
    },
    {
      title: 'Drift',
      meaning: 'Highest value of a drift check.',
      format: '0.000',
      dax: 'MAX ( model_drift[value] )',
    },
    {
      title: 'Drift threshold',
      meaning: 'Above it a model has drifted.',
      format: '0.000',
      dax: 'MAX ( model_drift[threshold] )',
    },
  ]),
  ...inFolder('What if', [
    {
      title: 'Service level value',
      meaning: 'The service level that the slider is at.',
      ...share,
      dax: "SELECTEDVALUE ( 'Service level'[Service level], 0.95 )",
    },
    {
      title: 'Lead time change value',
      meaning: 'The days by which the slider makes lead times longer.',
      ...count,
      dax: "SELECTEDVALUE ( 'Lead time change'[Lead time change], 0 )",
    },
    {
      title: 'Price change value',
      meaning: 'The share by which the slider changes prices.',
      ...share,
      dax: "SELECTEDVALUE ( 'Price change'[Price change], 0 )",
    },
    {
      title: 'Safety stock, what if',
      meaning: 'Safety stock of now × the quantile of the chosen service level ÷ that of 95 %.',
      ...units,
      dax: 'SUM ( inventory_by_store[safety_stock] ) * DIVIDE ( NORM.S.INV ( [Service level value] ), NORM.S.INV ( 0.95 ) )',
    },
    {
      title: 'Reorder point, what if',
      meaning: 'Safety stock, what if, and the demand until a delivery that takes as many days longer.',
      ...units,
      dax: '[Safety stock, what if] + SUM ( inventory_by_store[reorder_point] ) - SUM ( inventory_by_store[safety_stock] ) + SUM ( inventory_by_store[daily_quantity] ) * [Lead time change value]',
    },
    {
      title: 'Margin, what if',
      meaning: 'Margin if prices change and the units stay.',
      ...money,
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
      dax: 'CALCULATE ( MAX ( data_freshness[last_date] ), data_freshness[asset] = "fact_sales" )',
    },
    {
      title: 'Failed checks',
      meaning: 'Checks of partitions that did not pass.',
      ...count,
      dax: 'COUNTROWS ( FILTER ( data_quality, NOT data_quality[passed] ) ) + 0',
    },
  ]),
]

function newest(column: string): string {
  return `SUMX ( FILTER ( ml_forecast_results, ml_forecast_results[horizon_days] = CALCULATE ( MIN ( ml_forecast_results[horizon_days] ), ALLEXCEPT ( ml_forecast_results, ml_forecast_results[target_date], ml_forecast_results[store_key], ml_forecast_results[product_key] ) ) ), ml_forecast_results[${column}] )`
}

function address(title: string, path: string): Omit<Measure, 'folder'> {
  return {
    title,
    meaning: `Address of the page \`/${path}\` of the web application, where a person acts.`,
    ...text,
    isAddress: true,
    dax: `MAX ( 'Web application'[Address] ) & "/${path}"`,
  }
}

export const measures: readonly Measure[] = [
  ...figureGroups.flatMap(({ title: folder, figures }) =>
    figures.map(({ title, meaning, format, dax }) => ({ title, meaning, format, folder, dax })),
  ),
  ...ofReport,
]
