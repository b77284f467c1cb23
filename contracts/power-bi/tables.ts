/** Which views of `bi` the model of Power BI has as tables, and how. */

export interface TableDefinition {
  /** As people call it. */
  name: string
  /** dual: a dimension. import: history. directQuery: as it is now. */
  storage: 'dual' | 'import' | 'directQuery'
  /** The day of a row: relates to the date table; an imported table is refreshed by ranges of it. */
  day?: string
  /** A second day, whose relationship a measure activates. */
  otherDay?: string
  /** Not refreshed by ranges: a few rows, or rewritten as a whole. */
  isWhole?: boolean
  /** Of how Shelfline runs: only for those who see everything. */
  isForExecutives?: boolean
  /** Names of columns that do not follow from the name in the view. */
  columns?: Readonly<Record<string, string>>
  /** Name of a column → the column that it is sorted by. */
  sortedBy?: Readonly<Record<string, string>>
  /** Name of a hierarchy → its levels, the widest first. */
  hierarchies?: Readonly<Record<string, readonly string[]>>
}

/** By the name of the view. */
export const tables = {
  dim_date: {
    name: 'Date',
    storage: 'dual',
    columns: { calendar_date: 'Date' },
    sortedBy: { month_name: 'month', day_name: 'day_of_week' },
    hierarchies: {
      Calendar: ['year', 'quarter', 'year_month', 'calendar_date'],
      'ISO calendar': ['iso_year', 'iso_week', 'calendar_date'],
      'Fiscal calendar': ['fiscal_year', 'fiscal_quarter', 'fiscal_month', 'calendar_date'],
    },
  },
  dim_store: {
    name: 'Store',
    storage: 'dual',
    columns: { name: 'Store' },
    hierarchies: { Places: ['country', 'region', 'city', 'name'] },
  },
  dim_product: {
    name: 'Product',
    storage: 'dual',
    columns: { name: 'Product' },
    hierarchies: { Assortment: ['department', 'category', 'sub_category', 'name'] },
  },
  dim_supplier: { name: 'Supplier', storage: 'dual', columns: { name: 'Supplier' } },
  dim_holiday: {
    name: 'Holidays',
    storage: 'import',
    day: 'holiday_date',
    isWhole: true,
    columns: { name: 'Holiday' },
  },
  fact_sales: { name: 'Sales lines', storage: 'import', day: 'sale_date' },
  fact_inventory: { name: 'Stock by day', storage: 'import', day: 'inventory_date' },
  fact_stockout: { name: 'Stock-outs by day', storage: 'import', day: 'stockout_date' },
  fact_stock_movement: { name: 'Stock movements', storage: 'import', day: 'movement_date' },
  fact_foot_traffic: { name: 'Foot traffic', storage: 'import', day: 'traffic_date' },
  fact_markdown: { name: 'Markdowns', storage: 'import', day: 'markdown_date' },
  fact_waste: { name: 'Waste by day', storage: 'import', day: 'waste_date' },
  fact_price: { name: 'Price changes', storage: 'import', day: 'change_date' },
  fact_purchase_order: {
    name: 'Purchase orders',
    storage: 'import',
    day: 'order_date',
    otherDay: 'expected_date',
  },
  fact_slow_mover: { name: 'Slow movers', storage: 'import', day: 'measured_on' },
  fact_stock_target: { name: 'Stock targets', storage: 'import', day: 'measured_on' },
  fact_anomaly: { name: 'Unusual days', storage: 'import', day: 'anomaly_date' },
  fact_cross_sell: { name: 'Bought together', storage: 'import', day: 'listed_on' },
  sales_by_store_day: { name: 'Sales by store', storage: 'import', day: 'sale_date' },
  sales_by_category_day: { name: 'Sales by category', storage: 'import', day: 'sale_date' },
  stock_by_store_day: { name: 'Stock days of stores', storage: 'import', day: 'business_date' },
  sales_target: { name: 'Sales targets', storage: 'import', day: 'target_date' },
  store_hour: { name: 'Hours of stores', storage: 'import', day: 'business_date' },
  product_performance: { name: 'Products by month', storage: 'import', day: 'month_start' },
  customer_analytics: { name: 'Customers', storage: 'import' },
  customer_segments: { name: 'Customer segments', storage: 'import' },
  supplier_performance: { name: 'Supplier performance', storage: 'import' },
  forecast_accuracy: { name: 'Forecast accuracy', storage: 'import', day: 'target_date' },
  forecast_accuracy_by_week: { name: 'Forecast accuracy by week', storage: 'import', day: 'week_start' },
  ml_forecast_results: { name: 'Forecasts', storage: 'import', day: 'target_date' },
  till_reconciliation: { name: 'Tills by day', storage: 'import', day: 'sale_date' },
  payments_by_store_day: { name: 'Payments by day', storage: 'import', day: 'payment_date' },
  forecast_overrides: { name: 'Forecast overrides', storage: 'import', day: 'target_date' },
  proposals_against_edits: { name: 'Edits of orders', storage: 'import', day: 'order_date' },
  model_drift: { name: 'Model drift', storage: 'import', day: 'drift_date', isForExecutives: true },
  inventory_by_store: { name: 'Stock now', storage: 'directQuery' },
  live_alerts: { name: 'Alerts now', storage: 'directQuery' },
  live_anomalies: { name: 'Unusual sales now', storage: 'directQuery' },
  live_lots: { name: 'Lots now', storage: 'directQuery' },
  live_sales_hour: { name: 'Sales now', storage: 'directQuery', day: 'sale_date' },
  live_shelf: { name: 'Shelves now', storage: 'directQuery' },
  live_stock_out_risk: { name: 'Stock-out risk now', storage: 'directQuery' },
  live_warehouse: { name: 'Warehouses now', storage: 'directQuery', isForExecutives: true },
  open_orders: { name: 'Open orders', storage: 'directQuery', day: 'order_date' },
  reorder_predictions: { name: 'Order proposals', storage: 'directQuery', day: 'order_date' },
  transfers: { name: 'Transfers', storage: 'directQuery', day: 'review_date' },
  data_freshness: { name: 'Data freshness', storage: 'directQuery' },
  data_quality: { name: 'Data quality', storage: 'directQuery', day: 'business_date', isForExecutives: true },
  pipeline_runs: { name: 'Pipeline runs', storage: 'directQuery', day: 'business_date', isForExecutives: true },
  stream_outcomes: { name: 'Stream outcomes', storage: 'directQuery', isForExecutives: true },
  dead_letters: { name: 'Dead letters', storage: 'directQuery', day: 'created_on', isForExecutives: true },
} as const satisfies Record<string, TableDefinition>

/** The views that the model does not need, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  access: 'the model has it as the hidden table of its roles',
  my_access: 'what the login that refreshes sees, which is no one who reads the report',
  daily_sales_summary: 'sales_by_store_day with the names that the dimensions have',
  stock_movements: 'fact_stock_movement with the names that the dimensions have',
  sales_by_day: 'the sums of sales_by_store_day',
  stock_by_category: 'the sums of inventory_by_store',
  sales_by_category: 'the sums of sales_by_category_day',
  products_by_month: 'the sums of product_performance',
  assortment_by_class: 'the sums of product_performance',
  forecast_by_category: 'the sums of ml_forecast_results',
  forecast_by_store_day: 'the sums of ml_forecast_results',
  slow_movers_by_age: 'the sums of fact_slow_mover',
  forecast_accuracy_by_category: 'the sums of forecast_accuracy',
  stock_cover: 'inventory_by_store has its columns',
  live_stock: 'inventory_by_store has its columns',
  fact_forecast: 'ml_forecast_results has its rows, with what was sold',
  dim_price: 'fact_price has the same prices',
}

/** Key of a dimension → its view: a column of this name relates to it. */
export const dimensionKeys = {
  store_key: 'dim_store',
  product_key: 'dim_product',
  supplier_key: 'dim_supplier',
} as const

const CAPITALS: Readonly<Record<string, string>> = {
  id: 'ID',
  iso: 'ISO',
  abc: 'ABC',
  wape: 'WAPE',
  p10: 'P10',
  p50: 'P50',
  p90: 'P90',
  ms: 'ms',
}

/** A column as people call it: `net_amount` is Net amount. */
export function columnName(view: string, column: string): string {
  const { columns } = (tables as Record<string, TableDefinition>)[view] ?? {}
  const words = column.split('_').map((word) => CAPITALS[word] ?? word)
  const text = words.join(' ')
  return columns?.[column] ?? text[0]!.toUpperCase() + text.slice(1)
}
