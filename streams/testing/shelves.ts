import type { EventOf, TopicName } from '../../contracts/topics.ts'

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
  ...{ store_id: 's1', product_id: 'tea', shelf_id: 'A1', event_type, quantity },
  ...change,
})

/** Tea that is paid for in store s1. */
export const paid = (quantity: string, change: Partial<ShelfSale> = {}): ShelfSale => ({
  ...envelope(),
  ...{ store_id: 's1', product_id: 'tea', transaction_id: 't1', line_no: 1, quantity },
  ...{ unit_price: '2.00', discount: '0', payment_method: 'card' as const },
  ...change,
})

/** Tea that comes to or leaves warehouse w1. */
export const inWarehouse = (
  direction: 'in' | 'out',
  quantity: string,
  change: Partial<EventOf<'warehouse_events'>> = {},
): EventOf<'warehouse_events'> => ({
  ...envelope(),
  ...{ store_id: 'w1', warehouse_id: 'w1', product_id: 'tea', direction, quantity },
  ...{ reason: direction === 'in' ? ('receipt' as const) : ('store_refill' as const) },
  ...change,
})

export interface TopicEvent {
  topic: TopicName
  event: ShelfEvent | ShelfSale | EventOf<'warehouse_events'>
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A shuffled copy. */
export function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  const copy = [...values]
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    ;[copy[last], copy[other]] = [copy[other]!, copy[last]!]
  }
  return copy
}
