import { Type } from 'typebox'
import { listedAlert } from '../alerts/shapes.ts'
import { deliveryShape, listedTransfer, waitingOrder } from '../purchase-orders/shapes.ts'
import { choice, count, day, decimal, flag, instant, nullable, number, pageOf, text } from '../shapes.ts'

const named = Type.Object({ id: text, name: text })

export const choicesShape = Type.Object({
  stores: Type.Array(named),
  warehouses: Type.Array(text),
  categories: Type.Array(text),
  suppliers: Type.Array(named),
})

const stockItem = Type.Object({
  storeId: text,
  productId: text,
  name: text,
  category: nullable(text),
  supplierId: nullable(text),
  shelfId: nullable(text),
  capacity: nullable(decimal),
  available: nullable(decimal),
  onHand: nullable(decimal),
  unitsPerDay: nullable(decimal),
  coverDays: nullable(number),
  probability: nullable(number),
  moneyAtRisk: nullable(decimal),
  value: nullable(decimal),
  expiresOn: nullable(day),
  expiresInDays: nullable(count),
  currency: nullable(text),
})

export const stockPage = Type.Object({
  ...pageOf(stockItem).properties,
  total: count,
  choices: choicesShape,
  store: nullable(text),
})

const warehouseItem = Type.Object({
  warehouseId: text,
  productId: text,
  name: text,
  category: nullable(text),
  supplierId: nullable(text),
  onHand: decimal,
  onOrder: decimal,
  reorderPoint: nullable(decimal),
  unitsPerDay: nullable(decimal),
  coverDays: nullable(number),
  lots: count,
  expiresOn: nullable(day),
  expiresInDays: nullable(count),
  value: nullable(decimal),
  currency: nullable(text),
})

export const warehousePage = Type.Object({ ...pageOf(warehouseItem).properties, total: count, choices: choicesShape })

const lot = Type.Object({
  place: choice(['shelf', 'warehouse']),
  placeId: text,
  productId: text,
  name: text,
  batchId: text,
  onHand: decimal,
  expiresOn: day,
  expiresInDays: count,
  receivedOn: nullable(day),
  value: nullable(decimal),
  currency: nullable(text),
  markdownPercent: nullable(decimal),
})

export const lotPage = Type.Object({ ...pageOf(lot).properties, choices: choicesShape })

const itemNow = Type.Object({
  storeId: text,
  storeName: text,
  timeZone: text,
  currency: text,
  asOf: instant,
  today: day,
  productId: text,
  name: text,
  category: nullable(text),
  department: nullable(text),
  brand: nullable(text),
  packageSize: nullable(text),
  shelfId: nullable(text),
  capacity: nullable(decimal),
  available: nullable(decimal),
  held: nullable(decimal),
  onHand: nullable(decimal),
  lastRefillAt: nullable(instant),
  lastSaleAt: nullable(instant),
  lastWeightAt: nullable(instant),
  warehouseId: nullable(text),
  warehouseOnHand: nullable(decimal),
  onOrder: nullable(decimal),
  unitsPerDay: nullable(decimal),
  probability: nullable(number),
  hoursOfCover: nullable(number),
  moneyAtRisk: nullable(decimal),
  horizonUntil: nullable(instant),
  pAvailable: nullable(number),
  availabilityHour: nullable(instant),
  restockBelow: nullable(decimal),
  supplierId: nullable(text),
  supplierName: nullable(text),
  unitCost: nullable(decimal),
  costCurrency: nullable(text),
  pickedLastHour: decimal,
  pickedBy: count,
})

const itemDay = Type.Object({
  day,
  sold: nullable(decimal),
  revenue: nullable(decimal),
  stock: nullable(decimal),
  received: nullable(decimal),
  outOfStockMinutes: nullable(count),
  mean: nullable(decimal),
  p10: nullable(decimal),
  p50: nullable(decimal),
  p90: nullable(decimal),
  forecastDate: nullable(day),
  model: nullable(text),
  overrideId: nullable(count),
  overridden: nullable(decimal),
})

export const itemShape = Type.Object({
  now: itemNow,
  days: Type.Array(itemDay),
  prices: Type.Array(Type.Object({ validFrom: instant, price: decimal, reason: text, promotionId: nullable(text) })),
  lots: Type.Array(
    Type.Object({ batchId: text, onHand: decimal, expiresOn: nullable(day), receivedOn: nullable(day) }),
  ),
  events: Type.Array(
    Type.Object({
      kind: choice(['alert', 'restock', 'removal', 'markdown', 'order', 'delivery']),
      at: instant,
      id: text,
      text,
      quantity: nullable(decimal),
      status: nullable(text),
    }),
  ),
})

export const mapStoreShape = Type.Object({
  storeId: text,
  name: text,
  region: text,
  shelves: count,
  alerts: count,
  hasLayout: flag,
})

const rectangle = { x: number, y: number, width: number, depth: number }

export const mapShape = Type.Object({
  storeId: text,
  storeName: text,
  timeZone: text,
  layout: choice(['sent', 'partly', 'schematic', 'synthetic']),
  width: number,
  depth: number,
  aisles: Type.Array(Type.Object({ name: text, ...rectangle })),
  shelves: Type.Array(
    Type.Object({
      productId: text,
      name: text,
      category: nullable(text),
      shelfId: text,
      capacity: decimal,
      available: decimal,
      fill: nullable(number),
      restockBelow: number,
      probability: nullable(number),
      expiresInDays: nullable(count),
      alerts: count,
      lastWeightAt: nullable(instant),
      place: Type.Object(rectangle),
    }),
  ),
  chosen: nullable(itemShape),
})

export const todayShape = Type.Object({
  alerts: Type.Array(listedAlert),
  alertsTotal: count,
  orders: Type.Array(waitingOrder),
  transfers: Type.Array(listedTransfer),
  late: Type.Array(deliveryShape),
  lateTotal: count,
  days: Type.Array(
    Type.Object({
      day,
      currency: text,
      netAmount: decimal,
      transactions: count,
      targetAmount: nullable(decimal),
      targetedNetAmount: nullable(decimal),
    }),
  ),
  compared: nullable(Type.Object({ day, actual: number, forecast: number, error: number })),
  day,
  done: Type.Object({ restocks: count, markdowns: count, removals: count, ordersSent: count }),
})
