import type { EventOf } from '../../contracts/topics.ts'

/** What Shelfline decided, as it comes back through Kafka: the topics that the world listens to. */
export const decisionTopics = [
  'warehouse_events',
  'shelf_events',
  'price_changes',
  'supplier_plan',
  'purchase_orders',
  'alerts',
] as const
export type DecisionTopic = (typeof decisionTopics)[number]

/** A plan to order from a supplier; the newest record per plan counts. */
export interface SupplierPlan {
  plan_id: string
  warehouse_id: string
  product_id: string
  quantity: string
  status?: string
}

/** An order as it is published whenever it changes; suppliers are notified when it is sent, and when it or its rest is cancelled after that. */
export interface PurchaseOrderRecord {
  purchase_order_id: string
  location_id: string
  status: string
  lines: { line_no: number; product_id: string; quantity: string }[]
}

export type Decision =
  | { topic: 'warehouse_events'; event: EventOf<'warehouse_events'> }
  | { topic: 'shelf_events'; event: EventOf<'shelf_events'> }
  | { topic: 'price_changes'; event: EventOf<'price_changes'> }
  | { topic: 'supplier_plan'; event: SupplierPlan }
  | { topic: 'purchase_orders'; event: PurchaseOrderRecord }
  | { topic: 'alerts'; event: EventOf<'alerts'> }
