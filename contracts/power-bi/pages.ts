/** The pages of the report, tile by tile. A field is `[title of a measure]` or `view.column`. */
import { figureGroups } from '../figures/index.ts'

export interface Tile {
  name: string
  /** What it answers, as its heading. */
  title: string
  kind:
    | 'cardVisual'
    | 'lineChart'
    | 'clusteredBarChart'
    | 'clusteredColumnChart'
    | 'tableEx'
    | 'pivotTable'
    | 'scatterChart'
    | 'gauge'
    | 'azureMap'
    | 'slicer'
    | 'actionButton'
  /** Role of the visual → its fields. */
  fields: Readonly<Record<string, readonly string[]>>
  /** Column, row, columns and rows in a grid of 12 × 12. */
  at: readonly [column: number, row: number, columns: number, rows: number]
  /** Only rows whose field has one of these values. */
  only?: readonly [field: string, values: readonly string[]]
  /** The rows with the most of this column come first. */
  mostOf?: string
  /** The measure that has the address that a button opens. */
  opens?: string
  /** A slicer that keeps its choice on every page. */
  isShared?: boolean
}

export interface Page {
  name: string
  title: string
  tiles: readonly Tile[]
  /** The field by which another page opens this one. */
  drillThrough?: string
  /** Shown where a person points at a store. */
  isTooltip?: boolean
  /** Has tiles of the live views: asks them again by itself. */
  refreshEvery?: 'PT15M' | 'PT1M'
}

const nameOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 50)

const card = (measure: string, column: number, row: number, columns = 2, title = measure): Tile => ({
  name: nameOf(measure),
  title,
  kind: 'cardVisual',
  fields: { Data: [`[${measure}]`] },
  at: [column, row, columns, 2],
})

const tile = (
  title: string,
  kind: Tile['kind'],
  fields: Tile['fields'],
  at: Tile['at'],
  more: Pick<Tile, 'only' | 'mostOf'> = {},
): Tile => ({ name: nameOf(title), title, kind, fields, at, ...more })

const button = (title: string, measure: string, at: Tile['at']): Tile => ({
  name: nameOf(title),
  title,
  kind: 'actionButton',
  fields: {},
  at,
  opens: measure,
})

const slicer = (title: string, field: string, column: number): Tile => ({
  name: nameOf(`choose ${title}`),
  title,
  kind: 'slicer',
  fields: { Values: [field] },
  at: [column, 0, 3, 1],
  isShared: true,
})

/** The same on every dashboard, in step. */
const slicers: readonly Tile[] = [
  slicer('Days', 'dim_date.calendar_date', 0),
  slicer('Region', 'dim_store.region', 3),
  slicer('Store', 'dim_store.name', 6),
  slicer('Category', 'dim_product.category', 9),
]

const LOW = ['out of stock', 'below safety stock', 'below reorder point']

export const dashboards: readonly Page[] = [
  {
    name: 'executive',
    title: 'Executive',
    refreshEvery: 'PT15M',
    tiles: [
      ...slicers,
      card('Revenue', 0, 1),
      card('Revenue, change over the week before', 2, 1, 2, 'Change over the week before'),
      card('Stock value', 4, 1),
      card('Products out of stock', 6, 1, 2, 'Out of stock now'),
      card('Inventory turnover', 8, 1),
      card('Data up to', 10, 1),
      tile('Revenue by region', 'azureMap', { Category: ['dim_store.region'], Size: ['[Revenue]'] }, [0, 3, 4, 5]),
      tile(
        'Revenue and the year before',
        'lineChart',
        { Category: ['dim_date.calendar_date'], Y: ['[Revenue]', '[Target]', '[Revenue year before]'] },
        [4, 3, 8, 5],
      ),
      tile(
        'Products by revenue',
        'clusteredBarChart',
        { Category: ['dim_product.name'], Y: ['[Product revenue]'] },
        [0, 8, 5, 4],
      ),
      tile(
        'Stores compared',
        'pivotTable',
        {
          Rows: ['dim_store.name'],
          Values: [
            '[Revenue]',
            '[Attainment]',
            '[Margin rate]',
            '[Like for like]',
            '[Availability]',
            '[Stock-out rate]',
          ],
        },
        [5, 8, 7, 4],
      ),
    ],
  },
  {
    name: 'store_manager',
    title: 'Store Manager',
    refreshEvery: 'PT15M',
    tiles: [
      ...slicers,
      card('Sales today', 0, 1),
      tile(
        'Sales today and on a usual day',
        'gauge',
        { Y: ['[Sales today]'], TargetValue: ['[Usual sales of the day]'] },
        [2, 1, 3, 3],
      ),
      card('Open alerts', 0, 3),
      tile(
        'Stock by category',
        'clusteredBarChart',
        { Category: ['dim_product.category'], Y: ['[Units on hand]'] },
        [5, 1, 3, 4],
      ),
      tile(
        'Low stock',
        'tableEx',
        {
          Values: [
            'inventory_by_store.product_name',
            'inventory_by_store.stock_status',
            'inventory_by_store.on_hand_quantity',
            'inventory_by_store.short_quantity',
            'inventory_by_store.days_of_cover',
          ],
        },
        [8, 1, 4, 4],
        { only: ['inventory_by_store.stock_status', LOW], mostOf: 'inventory_by_store.short_quantity' },
      ),
      tile(
        'Demand of the next days, with its interval',
        'lineChart',
        { Category: ['dim_date.calendar_date'], Y: ['[Forecast units]', '[Forecast, low]', '[Forecast, high]'] },
        [0, 5, 6, 4],
      ),
      tile(
        'Risk of running out',
        'clusteredBarChart',
        { Category: ['reorder_predictions.product_name'], Y: ['[Highest stock-out risk]'] },
        [6, 5, 6, 4],
      ),
      tile(
        'Proposed orders',
        'tableEx',
        {
          Values: [
            'reorder_predictions.purchase_order_id',
            'reorder_predictions.product_name',
            'reorder_predictions.supplier_name',
            '[Proposed units]',
            'reorder_predictions.expected_date',
            'reorder_predictions.stock_out_probability',
          ],
        },
        [0, 9, 10, 3],
        { mostOf: 'reorder_predictions.stock_out_probability' },
      ),
      button('Approve orders', 'Orders in Shelfline', [10, 9, 2, 1]),
    ],
  },
  {
    name: 'inventory_analyst',
    title: 'Inventory Analyst',
    refreshEvery: 'PT15M',
    tiles: [
      ...slicers,
      card('On time', 0, 1),
      card('In full', 2, 1),
      card('Supplier fill', 4, 1),
      card('Outstanding value', 6, 1),
      tile(
        'Age of the stock that hardly sells',
        'clusteredColumnChart',
        { Category: ['fact_slow_mover.aging'], Y: ['[Tied-up value]'] },
        [0, 3, 3, 4],
      ),
      tile(
        'Slow movers',
        'tableEx',
        {
          Values: [
            'dim_store.name',
            'dim_product.name',
            'fact_slow_mover.days_since_sale',
            'fact_slow_mover.probability',
            'fact_slow_mover.tied_up_amount',
          ],
        },
        [3, 3, 5, 4],
        { mostOf: 'fact_slow_mover.tied_up_amount' },
      ),
      tile(
        'Too much and too little',
        'scatterChart',
        {
          Category: ['dim_product.name'],
          X: ['[Days of cover]'],
          Y: ['[Overstock value]'],
          Size: ['[Stock value]'],
        },
        [8, 1, 4, 6],
      ),
      tile(
        'Revenue by ABC class',
        'clusteredColumnChart',
        { Category: ['product_performance.abc_class'], Y: ['[Product revenue]'] },
        [0, 7, 3, 3],
      ),
      tile(
        'Forecast and sold',
        'lineChart',
        { Category: ['dim_date.calendar_date'], Y: ['[Forecast units]', '[Units sold of forecast days]'] },
        [3, 7, 5, 3],
      ),
      tile(
        'Reorder points, what if',
        'tableEx',
        {
          Values: [
            'inventory_by_store.store_name',
            'inventory_by_store.product_name',
            '[Units on hand]',
            'inventory_by_store.reorder_point',
            '[Reorder point, what if]',
            '[Safety stock, what if]',
          ],
        },
        [8, 7, 4, 3],
        { mostOf: 'inventory_by_store.reorder_point' },
      ),
      tile(
        'Season: weekdays and months',
        'pivotTable',
        { Rows: ['dim_date.day_name'], Columns: ['dim_date.month_name'], Values: ['[Category revenue]'] },
        [0, 10, 6, 2],
      ),
      tile('Service level', 'slicer', { Values: ['Service level.Service level'] }, [6, 10, 2, 1]),
      tile('Longer lead times', 'slicer', { Values: ['Lead time change.Lead time change'] }, [8, 10, 2, 1]),
      tile('Prices', 'slicer', { Values: ['Price change.Price change'] }, [10, 10, 2, 1]),
      { ...card('Margin, what if', 6, 10, 3), at: [6, 11, 3, 1] },
      button('Compare plans', 'What-if in Shelfline', [9, 11, 3, 1]),
    ],
  },
  {
    name: 'model_performance',
    title: 'ML Model Performance',
    tiles: [
      ...slicers,
      card('Weekly accuracy', 0, 1),
      card('WAPE', 2, 1),
      card('MAPE', 4, 1),
      card('RMSE', 6, 1),
      card('Bias', 8, 1),
      card('Interval coverage', 10, 1),
      tile('Accuracy by product', 'tableEx', { Values: ['dim_product.name', '[MAPE]', '[RMSE]'] }, [0, 3, 4, 4]),
      tile(
        'Drift and its threshold',
        'lineChart',
        { Category: ['dim_date.calendar_date'], Y: ['[Drift]', '[Drift threshold]'] },
        [4, 3, 4, 4],
      ),
      tile(
        'Forecast against sold, by product',
        'scatterChart',
        { Category: ['dim_product.name'], X: ['[Forecast units]'], Y: ['[Units sold of forecast days]'] },
        [8, 3, 4, 4],
      ),
      tile(
        'Interval of the forecasts',
        'lineChart',
        {
          Category: ['dim_date.calendar_date'],
          Y: ['[Forecast, low]', '[Forecast units]', '[Forecast, high]', '[Units sold of forecast days]'],
        },
        [0, 7, 9, 3],
      ),
      button('Features of the models', 'Models in Shelfline', [9, 7, 3, 1]),
      card('Money saved', 0, 10, 3),
      card('Stock-outs prevented', 3, 10, 3),
      card('Overstock reduced', 6, 10, 3),
      card('Lost sales prevented', 9, 10, 3),
    ],
  },
  {
    name: 'alerts',
    title: 'Alerts and Notifications',
    refreshEvery: 'PT1M',
    tiles: [
      ...slicers,
      card('Critical alerts', 0, 1),
      card('Open alerts', 2, 1),
      card('Products below safety stock', 4, 1),
      card('Stores with overstock', 6, 1),
      card('Unusual sales', 8, 1),
      card('Failed checks', 10, 1),
      tile(
        'Alerts',
        'tableEx',
        {
          Values: [
            'live_alerts.severity',
            'live_alerts.store_name',
            'live_alerts.product_name',
            'live_alerts.alert_type',
            'live_alerts.message',
            'live_alerts.impact',
            'live_alerts.status',
            'live_alerts.first_seen',
          ],
        },
        [0, 3, 9, 6],
        { mostOf: 'live_alerts.impact' },
      ),
      tile(
        'Alerts by type',
        'clusteredBarChart',
        { Category: ['live_alerts.alert_type'], Y: ['[Open alerts]'] },
        [9, 3, 3, 6],
      ),
      tile(
        'Sales that look unusual',
        'tableEx',
        {
          Values: [
            'live_anomalies.store_name',
            'live_anomalies.product_name',
            'live_anomalies.sold_at',
            'live_anomalies.quantity',
            'live_anomalies.reason',
          ],
        },
        [0, 9, 9, 3],
      ),
      button('Act on alerts', 'Alerts in Shelfline', [9, 9, 3, 1]),
      button('Order goods', 'Orders in Shelfline', [9, 10, 3, 1]),
    ],
  },
]

const details: readonly Page[] = [
  {
    name: 'figures',
    title: 'All figures',
    tiles: [
      ...slicers,
      tile('Compared with', 'slicer', { Values: ['Time comparison.Time comparison'] }, [0, 1, 12, 1]),
      ...figureGroups.map(({ title, figures }, index) =>
        tile(title, 'tableEx', { Values: ['dim_store.name', ...figures.map((figure) => `[${figure.title}]`)] }, [
          0,
          2 + 2 * index,
          12,
          2,
        ]),
      ),
    ],
  },
  {
    name: 'product',
    title: 'Product',
    drillThrough: 'dim_product.name',
    tiles: [
      card('Product revenue', 0, 0, 3),
      card('Units on hand', 3, 0, 3),
      card('Days of cover', 6, 0, 3),
      card('MAPE', 9, 0, 3),
      tile(
        'Forecast and sold',
        'lineChart',
        { Category: ['dim_date.calendar_date'], Y: ['[Forecast units]', '[Units sold of forecast days]'] },
        [0, 2, 12, 5],
      ),
      tile(
        'Stock by store',
        'tableEx',
        {
          Values: [
            'inventory_by_store.store_name',
            'inventory_by_store.stock_status',
            '[Units on hand]',
            '[Safety stock, what if]',
          ],
        },
        [0, 7, 6, 5],
      ),
      tile(
        'Stock movements',
        'tableEx',
        {
          Values: ['fact_stock_movement.movement_date', 'fact_stock_movement.reason', 'fact_stock_movement.quantity'],
        },
        [6, 7, 6, 5],
      ),
    ],
  },
  {
    name: 'store',
    title: 'Store',
    drillThrough: 'dim_store.name',
    tiles: [
      card('Revenue', 0, 0, 3),
      card('Conversion', 3, 0, 3),
      card('Availability', 6, 0, 3),
      card('Waste rate', 9, 0, 3),
      tile(
        'Revenue and the year before',
        'lineChart',
        { Category: ['dim_date.calendar_date'], Y: ['[Revenue]', '[Revenue year before]'] },
        [0, 2, 12, 5],
      ),
      tile(
        'Revenue by category',
        'clusteredBarChart',
        { Category: ['sales_by_category_day.category'], Y: ['[Category revenue]'] },
        [0, 7, 6, 5],
      ),
      tile(
        'Alerts',
        'tableEx',
        { Values: ['live_alerts.severity', 'live_alerts.product_name', 'live_alerts.message'] },
        [6, 7, 6, 5],
      ),
    ],
  },
  {
    name: 'order',
    title: 'Order',
    drillThrough: 'reorder_predictions.purchase_order_id',
    tiles: [
      tile(
        'Lines, and why',
        'tableEx',
        {
          Values: [
            'reorder_predictions.line_no',
            'reorder_predictions.product_name',
            'reorder_predictions.position_quantity',
            'reorder_predictions.demand_quantity',
            'reorder_predictions.order_up_to_quantity',
            '[Proposed units]',
            'reorder_predictions.ordered_quantity',
            'reorder_predictions.binding_constraint',
          ],
        },
        [0, 0, 12, 10],
      ),
      button('Approve orders', 'Orders in Shelfline', [0, 10, 3, 2]),
    ],
  },
  {
    name: 'store_at_a_glance',
    title: 'Store at a glance',
    isTooltip: true,
    tiles: [
      { ...card('Revenue', 0, 0), at: [0, 0, 12, 4] },
      { ...card('Stock value', 0, 4), at: [0, 4, 12, 4] },
      { ...card('Open alerts', 0, 8), at: [0, 8, 12, 4] },
    ],
  },
]

export const pages: readonly Page[] = [...dashboards, ...details]
