import type { Static, TObject } from 'typebox'
import { DAY_MS } from './calendar.ts'
import * as events from './events.ts'

export type TopicKey =
  | 'store_id'
  | 'product_id'
  | 'profile_id'
  | 'layout_id'
  | 'target_id'
  | 'hours_id'
  | 'policy_id'
  | 'supplier_id'
  | 'terms_id'

export interface Topic {
  /** Kafka's name for it. */
  name: string
  /** The field that is the message key. */
  key: TopicKey
  partitions: number
  /** delete: events are kept for a time; compact: the newest record per key is kept. */
  cleanup: 'delete' | 'compact'
  retentionMs: number
  description: string
  /** Newest version of the contract; producers may write any version from 1 to this one. */
  schemaVersion: number
  schema: TObject
}

const eventTopic = <Schema extends TObject>(
  partitions: number,
  schema: Schema,
  description: string,
  schemaVersion = 1,
) => ({
  key: 'store_id' as TopicKey,
  partitions,
  cleanup: 'delete' as const,
  retentionMs: 7 * DAY_MS,
  schemaVersion,
  schema,
  description,
})

const catalogueTopic = <Schema extends TObject>(key: TopicKey, schema: Schema, description: string) => ({
  ...eventTopic(1, schema, description),
  key,
  cleanup: 'compact' as const,
  retentionMs: -1,
})

/** Every topic that carries a contract. */
const contracts = {
  pos_transactions: eventTopic(
    3,
    events.posTransaction,
    'One line of a till receipt or invoice; returns are negative.',
  ),
  till_closings: eventTopic(1, events.tillClosing, 'What a till has sold on a day, by its own count.'),
  payment_events: eventTopic(3, events.paymentEvent, 'Payments, refunds and charge-backs, as providers report them.'),
  online_order_lines: eventTopic(
    1,
    events.onlineOrderLine,
    'Lines of online orders: ordered, cancelled, picked, returned.',
  ),
  lane_status: eventTopic(1, events.laneStatus, 'Lanes of tills that open, close or fail.'),
  device_status: eventTopic(
    1,
    events.deviceStatus,
    'Connections of devices that send by MQTT, and what they report of themselves.',
  ),
  inventory_updates: eventTopic(3, events.inventoryUpdate, 'Stock movements and counts.'),
  price_changes: eventTopic(2, events.priceChange, 'Price changes of products in stores.'),
  shelf_events: eventTopic(1, events.shelfEvent, 'Shelf sensor readings, and what staff do at shelves.', 2),
  foot_traffic: eventTopic(1, events.footTraffic, 'People through the door per interval.'),
  warehouse_events: eventTopic(1, events.warehouseEvent, 'Goods into and out of warehouses.', 2),
  customer_events: eventTopic(1, events.customerEvent, 'Visits and online orders.', 2),
  supplier_shipments: eventTopic(1, events.supplierShipment, 'Shipments from suppliers, by line.'),
  alerts: eventTopic(1, events.alert, 'Alerts for people.'),
  restock_alerts: eventTopic(1, events.restockAlert, 'Alerts about shelves that are or will be empty.'),
  feature_requests: eventTopic(3, events.featureRequest, 'Requests for forecasts, each answered in `predictions`.'),
  predictions: eventTopic(
    3,
    events.prediction,
    'Forecasts that were asked for in `feature_requests`, exactly one for each.',
  ),
  product_catalog: catalogueTopic('product_id', events.productRecord, 'Products, newest record per product.'),
  store_catalog: catalogueTopic('store_id', events.storeRecord, 'Stores, newest record per store.'),
  shelf_profiles: catalogueTopic(
    'profile_id',
    events.shelfProfile,
    'The home shelf of each product in each store, newest record per profile.',
  ),
  store_layouts: catalogueTopic(
    'layout_id',
    events.storeLayout,
    'Where each shelf is on the floor of its store, newest record per shelf.',
  ),
  sales_targets: catalogueTopic(
    'target_id',
    events.salesTarget,
    'The revenue that each store is to reach on each day, newest record per target.',
  ),
  opening_hours: catalogueTopic(
    'hours_id',
    events.openingHours,
    'When each store is open on a day, newest record per store and day.',
  ),
  shelf_policies: catalogueTopic('policy_id', events.shelfPolicy, 'Rules for shelves, newest record per policy.'),
  warehouse_policies: catalogueTopic(
    'policy_id',
    events.warehousePolicy,
    'Rules for warehouses, newest record per policy.',
  ),
  supplier_catalog: catalogueTopic('supplier_id', events.supplierRecord, 'Suppliers, newest record per supplier.'),
  supply_terms: catalogueTopic('terms_id', events.supplyTerms, 'Supply terms of products, newest record per terms.'),
  replenishment_policies: catalogueTopic(
    'policy_id',
    events.replenishmentPolicy,
    'Rules for orders to suppliers, newest record per policy.',
  ),
}

export type TopicName = keyof typeof contracts
export type EventOf<Name extends TopicName> = Static<(typeof contracts)[Name]['schema']>

export const topics: { readonly [Name in TopicName]: Topic } = Object.fromEntries(
  Object.entries(contracts).map(([name, topic]) => [name, Object.freeze({ name, ...topic })]),
) as unknown as { readonly [Name in TopicName]: Topic }

export const topicNames = Object.keys(topics) as TopicName[]

/** The append-only topics: these are the ones that the raw lake keeps. */
export const eventTopicNames = topicNames.filter((name) => topics[name].cleanup === 'delete')

/** Compacted topics with Shelfline's own state and decisions; see `docs/processors.md`. */
export const stateTopicNames = [
  'shelf_state',
  'warehouse_state',
  'shelf_batch_state',
  'warehouse_batch_state',
  'daily_discounts',
  'shelf_restock_plan',
  'supplier_plan',
  'batch_catalog',
  'purchase_orders',
] as const

/** Where other systems write a topic's events in Avro; see `docs/schemas.md`. */
export const avroTopic = (topic: TopicName): string => `${topic}.avro`

export const deadLetterTopic = (topic: string): string => `${topic}.dlq`

export function isTopicName(name: string): name is TopicName {
  return Object.hasOwn(topics, name)
}
