import { type Static, type TObjectOptions, type TProperties, Type } from 'typebox'
import {
  compositeIdentifier,
  day,
  decimal,
  flag,
  identifier,
  instant,
  integer,
  line,
  oneOf,
  optional,
  text,
  timeOfDay,
  timeZone,
  unsignedDecimal,
  weekdays,
} from './fields.ts'

/** What every message carries, whatever it tells. */
const envelope = {
  event_id: identifier('Unique for ever: a second event with the same id is a duplicate.'),
  source: line('The system that sent it, e.g. `till`, `replay/complete-journey`.'),
  schema_version: integer('The version of this contract that the producer wrote.', 1),
  event_at: instant(
    "When it happened, RFC 3339 with the store's own offset: its first ten characters are the store's day.",
  ),
  synthetic: optional(flag('Made up by a seeded rule of a replay or simulation, not observed.')),
}

const storeId = identifier('The store or warehouse; the message key, so that order within it is kept.')

const event = <Properties extends TProperties>(properties: Properties, rules: TObjectOptions = {}) =>
  Type.Object({ ...envelope, store_id: storeId, ...properties }, rules)

export const posTransaction = event({
  transaction_id: identifier('The basket or invoice.'),
  line_no: integer('Position of the line in the transaction.'),
  product_id: identifier('The product.'),
  quantity: decimal('Units or weight sold; negative for a return.'),
  unit_price: unsignedDecimal('List price of one unit, before discount.'),
  discount: unsignedDecimal('Money taken off the whole line.'),
  net_amount: optional(
    decimal('Money paid for the line, where the till knows it; else quantity × unit_price − discount, to the cent.'),
  ),
  customer_id: optional(identifier('The customer, when known.')),
  payment_method: oneOf('How it was paid.', ['cash', 'card', 'mobile', 'voucher', 'invoice', 'unknown']),
  is_promoted: optional(flag('Sold under a promotion.')),
  original_transaction_id: optional(
    identifier('For a return: the transaction that it takes back, when the till knows it.'),
  ),
})

export const inventoryUpdate = event({
  inventory_id: identifier('The stock record that changed.'),
  product_id: identifier('The product.'),
  quantity_change: decimal('Units added (positive) or removed (negative).'),
  new_quantity: decimal('What the source believes is on hand afterwards.'),
  reason: oneOf('Why it changed.', ['sale', 'return', 'delivery', 'transfer', 'adjustment', 'count', 'waste']),
})

/** What moves goods says which way by its kind, so that its quantity has no sign. */
const unsignedMovements = {
  if: { properties: { event_type: { enum: ['weight_change', 'count'] } } },
  else: { properties: { quantity: unsignedDecimal('Units moved.') } },
}

export const shelfEvent = event(
  {
    shelf_id: identifier('The shelf.'),
    product_id: identifier('The product on it.'),
    event_type: oneOf(
      'What happened: customers pick up and put back, a sensor weighs, staff refill, remove (expired, damaged) and count.',
      ['pickup', 'putback', 'weight_change', 'refill', 'removal', 'count'],
    ),
    customer_id: optional(identifier('The customer, when known.')),
    quantity: decimal('Units moved; for a weight change the change in units, for a count the signed correction.'),
    weight: optional(decimal('Weight on the shelf afterwards, in kilograms.')),
    batch_id: optional(identifier('The lot, for what staff put on or take off.')),
    expires_on: optional(day('Expiry date of the lot, YYYY-MM-DD.')),
  },
  unsignedMovements,
)

export const footTraffic = event({
  sensor_id: identifier('The counter at the door.'),
  entries: integer('People who came in during the interval.'),
  exits: integer('People who left during the interval.'),
  interval_seconds: integer('Length of the counting interval, which starts at event_at.', 1),
})

export const warehouseEvent = event({
  warehouse_id: identifier('The warehouse.'),
  product_id: identifier('The product.'),
  batch_id: optional(identifier('The lot.')),
  direction: oneOf('Into or out of the warehouse.', ['in', 'out']),
  quantity: unsignedDecimal('Units moved.'),
  reason: oneOf('Why it moved.', ['receipt', 'store_refill', 'transfer', 'waste', 'adjustment']),
  expires_on: optional(day('Expiry date of the lot, YYYY-MM-DD.')),
  destination_store_id: optional(identifier('The store that the goods go to.')),
  plan_id: optional(identifier('The restock or supplier plan that it carries out.')),
})

export const priceChange = event({
  product_id: identifier('The product.'),
  old_price: optional(unsignedDecimal('Price before, when known.')),
  new_price: unsignedDecimal('Price from event_at on.'),
  reason: oneOf('Why it changed.', ['regular', 'promotion', 'markdown', 'correction']),
  promotion_id: optional(identifier('The promotion, when the change is part of one.')),
})

export const customerEvent = event({
  customer_id: identifier('The customer.'),
  event_type: oneOf('What the customer did.', [
    'enter',
    'leave',
    'order_created',
    'order_paid',
    'order_packed',
    'order_shipped',
    'order_delivered',
    'order_cancelled',
    'complaint',
  ]),
  order_id: optional(identifier('The online order, when it is about one.')),
  promised_at: optional(instant('When the order was promised to be with the customer.')),
})

export const supplierShipment = event({
  shipment_id: identifier('The shipment.'),
  supplier_id: identifier('The supplier.'),
  purchase_order_id: optional(compositeIdentifier('The order it answers.')),
  product_id: identifier('The product.'),
  batch_id: optional(identifier('The lot.')),
  status: oneOf('Where it is.', ['announced', 'shipped', 'delivered', 'cancelled']),
  quantity: unsignedDecimal('Units.'),
  damaged_quantity: optional(unsignedDecimal('Units that arrived damaged.')),
  expires_on: optional(day('Expiry date of the lot, YYYY-MM-DD.')),
})

const alertFields = {
  alert_id: identifier('The alert.'),
  product_id: optional(identifier('The product, when it is about one.')),
  alert_type: text('The rule that raised it.'),
  severity: oneOf('How bad it is.', ['info', 'warning', 'critical']),
  message: text('One sentence for a person.'),
}
export const alert = event(alertFields)
export const restockAlert = event({ ...alertFields, recommended_quantity: unsignedDecimal('Units to bring.') })

/** Master data is a fact about the world like any other: it arrives as events, and the newest one per key counts. */
export const productRecord = Type.Object({
  ...envelope,
  product_id: identifier('The product; the message key.'),
  name: text('What people call it.'),
  category: optional(text('Category.')),
  department: optional(text('Department.')),
  brand: optional(text('Brand.')),
  package_size: optional(text('Package size as printed.')),
})
export const storeRecord = event({
  name: text('What people call it.'),
  region: text('Region, which regional managers see.'),
  time_zone: timeZone("IANA time zone that cuts the store's days, e.g. `Europe/London`."),
  country: text('Country.'),
  currency: text('ISO 4217 code of its money.'),
})
/** The home shelf of a product in a store. */
export const shelfProfile = event({
  profile_id: identifier('One per store and product, e.g. `<store_id>/<product_id>`; the message key.'),
  product_id: identifier('The product.'),
  shelf_id: identifier('Its shelf; seen on another one, it is misplaced.'),
  capacity: unsignedDecimal('Units that the shelf holds.'),
  unit_weight: optional(unsignedDecimal('Kilograms of one unit, where the shelf weighs.')),
  warehouse_id: identifier('The warehouse that refills it.'),
})

/** Who goods are ordered from, and how an order reaches them. */
export const supplierRecord = Type.Object({
  ...envelope,
  supplier_id: identifier('The supplier; the message key.'),
  name: text('What people call it.'),
  country: optional(text('Country.')),
  adapter: oneOf('How orders reach the supplier: a file, a signed webhook, or the simulated suppliers.', [
    'file',
    'webhook',
    'simulator',
  ]),
  endpoint: optional(
    line(
      "Where orders go. Webhook: its http or https URL, without user name and password. File: a folder, without `..`, `//` or a slash at either end; left out, the supplier's id.",
    ),
  ),
  contact_email: optional(line('Who is written to when something is wrong.')),
  order_weekdays: weekdays('Days on which it takes orders, Monday is 1, e.g. `1,3,5`.'),
  cut_off: timeOfDay('Orders until then go out the same day, e.g. `16:30`.'),
  time_zone: timeZone('IANA time zone of the cut-off.'),
  lead_time_days: unsignedDecimal('From the order until the delivery, as agreed; more than 0.'),
  minimum_order_value: optional(unsignedDecimal('It takes no order that is worth less.')),
  currency: text('ISO 4217 code of its prices.'),
})

/**
 * On what terms a supplier delivers a product. A location is where goods are ordered to: a warehouse, or a store that no
 * warehouse refills; terms for a location count before those for everywhere.
 */
export const supplyTerms = Type.Object({
  ...envelope,
  terms_id: compositeIdentifier(
    'One per location, product and supplier: `<location or *>/<product>/<supplier>`; the message key.',
  ),
  product_id: identifier('The product.'),
  supplier_id: identifier('The supplier.'),
  location_id: optional(identifier('Only for this warehouse or store.')),
  unit_cost: unsignedDecimal("Price of a unit, in the supplier's money."),
  pack_size: unsignedDecimal('Orders are whole multiples of so many units; more than 0.'),
  pallet_size: optional(unsignedDecimal('Units of a full pallet, a multiple of pack_size.')),
  minimum_quantity: optional(unsignedDecimal('It takes no order of fewer units.')),
  maximum_quantity: optional(unsignedDecimal('It takes no order of more units.')),
  capacity: optional(unsignedDecimal('Units of it that fit into the location, what is there and on order included.')),
  shelf_life_days: optional(integer('Days from the delivery until the goods expire.', 1)),
  preference: integer('Who is asked first: 1 before 2.', 1),
  delisted_on: optional(day('From this day on it is not ordered any more, YYYY-MM-DD.')),
  substitute_product_id: optional(identifier('What customers buy in its place.')),
})

/**
 * What every policy carries. A value that is left out is for a wider policy to say: of those whose scope fits, the most
 * specific one that has the value counts.
 */
const policy = {
  ...envelope,
  policy_id: identifier('The policy; the message key. A newer record replaces an older one.'),
  product_id: optional(identifier('Only for this product.')),
  category: optional(text('Only for this category.')),
  changed_by: text('Who wants it so.'),
  reason: text('Why.'),
}

export const shelfPolicy = Type.Object({
  ...policy,
  store_id: optional(identifier('Only for this store.')),
  restock_below: optional(unsignedDecimal('Fill ratio under which a shelf is restocked, e.g. `"0.3"`.')),
  restock_to: optional(unsignedDecimal('Fill ratio that a restock aims at, e.g. `"1"`.')),
  refill_delay_seconds: optional(integer('From the picking in the warehouse until the goods are on the shelf.')),
  hold_seconds: optional(integer('A pickup that is held this long counts as taken.')),
  visit_seconds: optional(integer('What is held and not paid this long after the last event counts as lost.')),
  near_expiry_days: optional(integer('A lot that expires within so many days is marked down.')),
  markdown_percent: optional(unsignedDecimal('By how much, e.g. `"30"`.')),
})

export const warehousePolicy = Type.Object({
  ...policy,
  warehouse_id: optional(identifier('Only for this warehouse.')),
  reorder_point: optional(unsignedDecimal('On hand under which the supplier is asked, in units.')),
  order_up_to: optional(unsignedDecimal('On hand and on order that an order aims at, in units.')),
  lead_time_days: optional(unsignedDecimal('From the order until the delivery, as expected.')),
  pack_size: optional(unsignedDecimal('Orders are whole multiples of so many units.')),
})

export const replenishmentPolicy = Type.Object({
  ...policy,
  location_id: optional(identifier('Only for this warehouse, or store that no warehouse refills.')),
  method: optional(
    oneOf(
      'base_stock and r_s order up to a level at every review; s_s only when the position is at the reorder point.',
      ['base_stock', 's_s', 'r_s'],
    ),
  ),
  service_target: optional(unsignedDecimal('Between 0 and 1, e.g. `"0.98"`.')),
  service_measure: optional(
    oneOf(
      'cycle: share of order cycles without a stock-out; fill: share of demand met; critical_ratio: what margin, holding and waste say.',
      ['cycle', 'fill', 'critical_ratio'],
    ),
  ),
  review_days: optional(integer('Days between two reviews of the same product.', 1)),
  holding_rate_per_year: optional(unsignedDecimal('What keeping a unit for a year costs, as a share of its cost.')),
  stock_out_cost_ratio: optional(unsignedDecimal('What a unit that is missing costs, as a share of its price.')),
  waste_cost_ratio: optional(unsignedDecimal('What a unit that expires costs, as a share of its cost.')),
  ordering_cost: optional(unsignedDecimal('Money that each order line costs, whatever its quantity.')),
  budget_per_day: optional(
    unsignedDecimal("Money that a location's orders of one day may come to; of a place as a whole."),
  ),
  maximum_cover_days: optional(integer('No order brings more than so many days of demand.', 1)),
})

export type PosTransaction = Static<typeof posTransaction>
export type InventoryUpdate = Static<typeof inventoryUpdate>
export type ShelfEvent = Static<typeof shelfEvent>
export type FootTraffic = Static<typeof footTraffic>
export type WarehouseEvent = Static<typeof warehouseEvent>
export type PriceChange = Static<typeof priceChange>
export type CustomerEvent = Static<typeof customerEvent>
export type SupplierShipment = Static<typeof supplierShipment>
export type Alert = Static<typeof alert>
export type RestockAlert = Static<typeof restockAlert>
export type ProductRecord = Static<typeof productRecord>
export type StoreRecord = Static<typeof storeRecord>
export type ShelfProfile = Static<typeof shelfProfile>
export type ShelfPolicy = Static<typeof shelfPolicy>
export type WarehousePolicy = Static<typeof warehousePolicy>
export type SupplierRecord = Static<typeof supplierRecord>
export type SupplyTerms = Static<typeof supplyTerms>
export type ReplenishmentPolicy = Static<typeof replenishmentPolicy>
