import { describe, expect, test } from 'vitest'
import type { OrderSending } from '../../services/purchase-orders/orders.ts'
import { parseOrderLine } from '../arguments.ts'
import { planInWords, sendingInWords } from './orders.ts'
import { treeLines } from './trace.ts'

describe('orders explain', () => {
  test('takes what is behind the last slash for the line', () => {
    expect(parseOrderLine('PO-dairy-W1-20240506/12')).toEqual({ order: 'PO-dairy-W1-20240506', line: 12 })
    expect(parseOrderLine('PO-a/b-W1-20240506/1')).toEqual({ order: 'PO-a/b-W1-20240506', line: 1 })
  })

  test.each(['PO-dairy', 'PO-dairy/', 'PO-dairy/one', '/1'])('refuses %s', (text) => {
    expect(() => parseOrderLine(text)).toThrow('is not ORDER/LINE')
  })
})

describe('orders plan', () => {
  const day = {
    date: '2024-05-01',
    locations: 2,
    orders: 1,
    lines: 3,
    value: { USD: '12.50' },
    ordersStarted: 1,
    statuses: { draft: 1 },
    cancelled: 0,
  }

  test('counts what it planned', () => {
    expect(planInWords(day, {})).toEqual([
      '2024-05-01: 1 order with 3 lines, 12.50 USD, for 2 locations; 1 started now. `shelfline orders list` shows them.',
    ])
  })

  test('explains why a day has fewer orders than expected', () => {
    expect(planInWords({ ...day, statuses: { cancelled: 1, denied: 2 }, cancelled: 1 }, {}).slice(1)).toEqual([
      '1 order of the day was cancelled before being sent: not counted above, and planned again where goods are still needed.',
      '2 orders of the day are denied: nothing more is ordered there from the same supplier before the next day.',
    ])
  })

  test('explains why there are none', () => {
    const nothing = { ...day, orders: 0, lines: 0, value: {}, statuses: {}, ordersStarted: 0 }
    expect(planInWords(nothing, {})).toEqual(['2024-05-01: no orders are needed for 2 locations.'])
    expect(planInWords({ ...nothing, locations: 0 }, { location: 'W1', supplier: 'acme' })).toEqual([
      '2024-05-01: no orders, since there are no supply terms for W1 from acme.',
      expect.stringContaining('supply_terms; then plan again'),
    ])
  })
})

describe('orders show', () => {
  const at = { lastTriedAt: '2026-11-02T10:00:05.25+00:00', nextTryAt: '2026-11-02T10:04:21.25+00:00' }
  const of = (sending: Partial<OrderSending> | null, retries = [] as { activity: string }[]) =>
    sendingInWords({
      purchaseOrderId: 'PO-1',
      sending: sending && { what: 'order', state: 'due', attempts: null, lastError: null, ...at, ...sending },
      retries: retries.map(({ activity }) => ({ activity, attempts: 1, lastError: 'away', ...at })),
    })

  test('shows how far it is on its way to the supplier', () => {
    expect(of(null)).toEqual([])
    expect(of({})).toEqual(['About to be sent'])
    expect(of({ state: 'retried', attempts: 7, lastError: 'no answer' }, [{ activity: 'sendPurchaseOrder' }])).toEqual([
      'Not sent yet: failed 7 times, last at 2026-11-02 10:00:05: no answer; next retry at 2026-11-02 10:04:21; `shelfline orders cancel PO-1` cancels it',
    ])
    expect(of({ state: 'refused', lastError: 'answered 422' })).toEqual([
      'Not sent: rejected at 2026-11-02 10:00:05: answered 422. Not retried: correct the cause, then `shelfline orders resend PO-1`, or cancel it',
    ])
    expect(of({ what: 'cancellation', state: 'refused', lastError: 'answered 404' })[0]).toContain('Call the supplier')
  })

  test('names other steps that fail', () => {
    expect(of(null, [{ activity: 'stepPurchaseOrder' }])).toEqual([
      'Its step stepPurchaseOrder has failed 1 time, last at 2026-11-02 10:00:05: away; next retry at 2026-11-02 10:04:21',
    ])
  })
})

describe('trace', () => {
  test('draws each thing below what was made from it', () => {
    const leaf = (name: string) => ({ kind: 'input' as const, name, facts: { at: 1 }, from: [] })
    const root = { ...leaf('order'), from: [{ ...leaf('a'), from: [leaf('b'), leaf('c')] }, leaf('d')] }
    expect(treeLines(root)).toEqual(['order  at 1', '├─ a  at 1', '│  ├─ b  at 1', '│  └─ c  at 1', '└─ d  at 1'])
  })
})
