import type { EventOf, TopicName } from '../../contracts/topics.ts'
import { below, pick } from '../simulation/random.ts'

type ShelfEvent = EventOf<'shelf_events'>
type ShelfSale = EventOf<'pos_transactions'>

let number = 0
const envelope = () => {
  number += 1
  return { event_id: `shelf-${number}`, source: 'test', schema_version: 1, event_at: '2017-03-01T10:00:00-05:00' }
}

/** Something that happens to tea in store s1; each call is another event. */
export const onShelf = (
  event_type: ShelfEvent['event_type'],
  quantity: string,
  change: Partial<ShelfEvent> = {},
): ShelfEvent => ({
  ...envelope(),
  store_id: 's1',
  product_id: 'tea',
  shelf_id: 'A1',
  event_type,
  quantity,
  ...change,
})

/** Tea that is paid for in store s1. */
export const paid = (quantity: string, change: Partial<ShelfSale> = {}): ShelfSale => ({
  ...envelope(),
  store_id: 's1',
  product_id: 'tea',
  transaction_id: 't1',
  line_no: 1,
  quantity,
  unit_price: '2.00',
  discount: '0',
  payment_method: 'card' as const,
  ...change,
})

/** Tea that comes to or leaves warehouse w1. */
export const inWarehouse = (
  direction: 'in' | 'out',
  quantity: string,
  change: Partial<EventOf<'warehouse_events'>> = {},
): EventOf<'warehouse_events'> => ({
  ...envelope(),
  store_id: 'w1',
  warehouse_id: 'w1',
  product_id: 'tea',
  direction,
  quantity,
  reason: direction === 'in' ? ('receipt' as const) : ('store_refill' as const),
  ...change,
})

export interface TopicEvent {
  topic: TopicName
  event: ShelfEvent | ShelfSale | EventOf<'warehouse_events'>
}

/** A shuffled copy. */
export function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  const copy = [...values]
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = below(random, last + 1)
    const moved = copy[last]!
    copy[last] = copy[other]!
    copy[other] = moved
  }
  return copy
}

/** Events of three stores, a warehouse, two products, two customers and two lots, over two days. */
export function randomEvents(random: () => number, events: number): TopicEvent[] {
  const one = <Value>(...values: readonly Value[]): Value => pick(random, values)
  return Array.from({ length: events }, (): TopicEvent => {
    const event_at = `2017-03-0${one(1, 2)}T${10 + below(random, 10)}:${one('05', '20', '45')}:00-05:00`
    const common = { product_id: one('tea', 'milk'), event_at }
    const quantity = one('1', '2', '0.5')
    const customer = { customer_id: one('c1', 'c2', null), store_id: one('s1', 's2', 's3') }
    const lot = { batch_id: one('l1', 'l2', null), expires_on: one('2017-04-01', '2017-04-02', null) }
    const what = random()
    if (what < 0.3) return { topic: 'pos_transactions', event: paid(one('1', '2', '-1'), { ...common, ...customer }) }
    if (what < 0.45) {
      return { topic: 'warehouse_events', event: inWarehouse(one('in', 'out'), quantity, { ...common, ...lot }) }
    }
    const type = one('pickup' as const, 'pickup', 'putback', 'refill', 'removal', 'count', 'weight_change')
    const weight = one('1.5', '2.5', null)
    return { topic: 'shelf_events', event: onShelf(type, quantity, { ...common, ...customer, ...lot, weight }) }
  })
}
