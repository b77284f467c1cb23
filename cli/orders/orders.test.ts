import { describe, expect, it } from 'vitest'
import { parseOrderLine } from '../arguments.ts'
import { keptDays, type OrderSending, sendingInWords } from './orders.ts'
import { treeLines } from './trace.ts'
import { parseChange } from './whatif.ts'

describe('orders explain', () => {
  it('takes what is behind the last slash for the line', () => {
    expect(parseOrderLine('PO-dairy-W1-20240506/12')).toEqual({ order: 'PO-dairy-W1-20240506', line: 12 })
    expect(parseOrderLine('PO-a/b-W1-20240506/1')).toEqual({ order: 'PO-a/b-W1-20240506', line: 1 })
  })

  it.each(['PO-dairy', 'PO-dairy/', 'PO-dairy/one', '/1'])('refuses %s', (text) => {
    expect(() => parseOrderLine(text)).toThrow('is not ORDER/LINE')
  })
})

describe('orders plan', () => {
  it('says why a day has fewer orders than expected', () => {
    expect(keptDays({ draft: 2 }, 0)).toEqual([])
    expect(keptDays({ cancelled: 1, denied: 2 }, 1)).toEqual([
      '1 order of the day was cancelled before being sent: not counted above, and planned again where goods are still needed.',
      '2 orders of the day are denied: nothing more is ordered there from the same supplier before the next day.',
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

  it('says how far its supplier is told', () => {
    expect(of(null)).toEqual([])
    expect(of({})).toEqual(['about to be sent'])
    expect(of({ state: 'retried', attempts: 7, lastError: 'no answer' }, [{ activity: 'sendPurchaseOrder' }])).toEqual([
      'not sent yet: failed 7 times, last at 2026-11-02 10:00:05: no answer; next try at 2026-11-02 10:04:21; `shelfline orders cancel PO-1` calls it off',
    ])
    expect(of({ state: 'refused', lastError: 'answered 422' })).toEqual([
      'not sent, and not tried again since it was refused at 2026-11-02 10:00:05: answered 422. Correct the cause, then `shelfline orders resend PO-1`, or cancel it',
    ])
    expect(of({ what: 'cancellation', state: 'refused', lastError: 'answered 404' })[0]).toContain(
      'A person has to call',
    )
  })

  it('names other steps that fail', () => {
    expect(of(null, [{ activity: 'stepPurchaseOrder' }])).toEqual([
      'its step stepPurchaseOrder has failed 1 time, last at 2026-11-02 10:00:05: away; next try at 2026-11-02 10:04:21',
    ])
  })
})

describe('whatif', () => {
  it('reads service, days and money', () => {
    const change = parseChange({ service: '0.98', leadTime: '+2d', budget: '50000.50' })
    expect(change).toEqual({ serviceTarget: 0.98, leadTimeDays: 2, budgetPerDay: 50_000.5 })
    expect(parseChange({ leadTime: '-1' })).toEqual({ leadTimeDays: -1 })
  })

  it.each([
    ['what if what', {}],
    ['--service 1 is not between 0 and 1', { service: '1' }],
    ['--service much is not', { service: 'much' }],
    ['--lead-time 2d is no number of days more or less', { leadTime: '2d' }],
    ['--budget -5 is no amount of money', { budget: '-5' }],
  ])('says: %s', (problem, flags) => {
    expect(() => parseChange(flags)).toThrow(problem)
  })
})

describe('trace', () => {
  it('draws each thing below what was made from it', () => {
    const leaf = (name: string) => ({ kind: 'input' as const, name, facts: { at: 1 }, from: [] })
    const root = { ...leaf('order'), from: [{ ...leaf('a'), from: [leaf('b'), leaf('c')] }, leaf('d')] }
    expect(treeLines(root)).toEqual(['order  at 1', '├─ a  at 1', '│  ├─ b  at 1', '│  └─ c  at 1', '└─ d  at 1'])
  })
})
