import { addDays } from '../../contracts/calendar.ts'
import type { EventOf } from '../../contracts/topics.ts'

/** 2017-03-01 in a store five hours behind UTC. */
const FIRST_DAY = '2017-03-01'

export interface SaleOptions {
  stores?: number
  products?: number
  days?: number
}

/** The sale with a number: the same number gives the same sale, on the same store and day. */
export function sale(
  number: number,
  { stores = 10, products = 50, days = 3 }: SaleOptions = {},
): EventOf<'pos_transactions'> {
  const day = addDays(FIRST_DAY, number % days)
  const hour = String(8 + (number % 12)).padStart(2, '0')
  const isReturn = number % 17 === 0
  return {
    event_id: `sale-${number}`,
    source: 'test',
    schema_version: 1,
    store_id: `store-${number % stores}`,
    event_at: `${day}T${hour}:15:00-05:00`,
    transaction_id: `transaction-${number >> 2}`,
    line_no: number & 3,
    product_id: `product-${(number * 7) % products}`,
    quantity: isReturn ? '-1' : `${1 + (number % 3)}.${number % 10}`,
    unit_price: ((number % 997) / 10).toFixed(2),
    discount: number % 5 === 0 ? '0.10' : '0',
    net_amount: number % 2 === 0 ? ((number % 100) / 4).toFixed(2) : null,
    payment_method: 'card',
  }
}

/** The stock movement with a number. */
export function movement(
  number: number,
  { stores = 10, products = 50, days = 3 }: SaleOptions = {},
): EventOf<'inventory_updates'> {
  const { store_id, product_id, event_at } = sale(number, { stores, products, days })
  return {
    event_id: `movement-${number}`,
    source: 'test',
    schema_version: 1,
    store_id,
    event_at,
    inventory_id: `inventory-${number}`,
    product_id,
    quantity_change: `${(number % 40) - 8}`,
    new_quantity: '0',
    reason: (['delivery', 'adjustment', 'sale', 'waste'] as const)[number % 4]!,
  }
}
