import { setTimeout as pause } from 'node:timers/promises'
import type { TopicName } from '../../contracts/topics.ts'
import type { TestTopics } from '../../streams/testing/kafka.ts'

export const STORES = 100
export const PRODUCTS = 500
export const SEND_EVENTS_MAX = 5_000
const SEND_EVERY_MS = 20
/** A visit is twenty events of one store: ten sale lines, pickups of four of them, and one of each other kind. */
const VISIT_EVENTS = 20

export type Mixed = [topic: TopicName, event: Record<string, unknown>]

/**
 * The event with a number: half of them sales, a third at shelves, the rest of all kinds; every twentieth is a copy.
 * Visits walk through all 50,000 pairs of store and product, so that a large batch seldom meets a pair twice.
 */
export function mixed(number: number, atMs: number): Mixed {
  const id = number % VISIT_EVENTS === 19 ? number - 7 : number
  const visit = Math.floor(id / VISIT_EVENTS)
  const kind = id % VISIT_EVENTS
  const product = (Math.floor(visit / STORES) * 10 + (visit % STORES) * 130 + (kind % 10)) % PRODUCTS
  const event = {
    event_id: `e${id}`,
    source: 'bench',
    schema_version: 1,
    event_at: new Date(atMs).toISOString(),
    store_id: `s${(visit * 7) % STORES}`,
    product_id: `p${product}`,
  }
  const customer_id = `c${visit % 997}`
  const quantity = String(1 + (id % 3))
  const atShelf = { shelf_id: `a${product % 9}`, customer_id }
  if (kind < 10) {
    const sale = { transaction_id: `t${visit}`, line_no: kind, unit_price: '2.50', discount: '0' }
    return ['pos_transactions', { ...event, ...sale, quantity, customer_id, payment_method: 'card' }]
  }
  if (kind < 15)
    return ['shelf_events', { ...event, ...atShelf, event_type: kind < 14 ? 'pickup' : 'putback', quantity }]
  if (kind === 15)
    return ['shelf_events', { ...event, ...atShelf, event_type: 'refill', quantity: '12', batch_id: `b${visit % 50}` }]
  if (kind === 16) {
    const update = { inventory_id: 'i', quantity_change: '5', new_quantity: '5', reason: 'delivery' }
    return ['inventory_updates', { ...event, ...update }]
  }
  if (kind === 17) {
    const out = { warehouse_id: `w${visit % 4}`, batch_id: `b${visit % 50}`, direction: 'out', reason: 'store_refill' }
    return ['warehouse_events', { ...event, ...out, quantity }]
  }
  if (kind === 18) return ['foot_traffic', { ...event, sensor_id: 'd', entries: 3, exits: 2, interval_seconds: 60 }]
  return ['price_changes', { ...event, new_price: '2.40', reason: 'regular' }]
}

export async function send(topics: TestTopics, events: readonly Mixed[]): Promise<void> {
  const byTopic = Map.groupBy(events, ([topic]) => topic)
  await topics.producer.sendBatch({
    acks: -1,
    topicMessages: [...byTopic].map(([topic, members]) => ({
      topic: `${topic}${topics.suffix}`,
      messages: members.map(([, event]) => ({ key: String(event.store_id), value: JSON.stringify(event) })),
    })),
  })
}

/** Sends this many events a second for this many seconds, or until the signal is aborted. */
export async function sendSteadily(
  topics: TestTopics,
  rate: number,
  seconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const startedAt = performance.now()
  for (let sent = 0; sent < rate * seconds && !signal?.aborted; ) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * rate)
    const events = Array.from({ length: Math.min(due - sent, SEND_EVENTS_MAX) }, (_, at) =>
      mixed(sent + at, Date.now()),
    )
    if (events.length > 0) await send(topics, events)
    sent += events.length
    await pause(SEND_EVERY_MS)
  }
}
