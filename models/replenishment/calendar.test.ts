import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays, countDays } from '../../contracts/calendar.ts'
import { orderTimes, type SupplierCalendar } from './calendar.ts'

const calendar: SupplierCalendar = { orderWeekdays: [1, 4], leadTimeDays: 2 }
const MONDAY = '2024-05-06'
const at = (today: string, changes: Partial<SupplierCalendar> = {}, isPastCutOff = false) =>
  orderTimes(today, isPastCutOff, { ...calendar, ...changes })

test('an order before the cut-off is today’s, and lasts until the next one’s goods come', () => {
  expect(at(MONDAY)).toEqual({
    orderDay: '2024-05-06',
    deliveryDay: '2024-05-08',
    nextOrderDay: '2024-05-09',
    nextDeliveryDay: '2024-05-11',
    daysUntilOrder: 0,
    reviewDays: 3,
  })
})

test('past the cut-off it is the next order day’s', () => {
  expect(at(MONDAY, {}, true)).toMatchObject({ orderDay: '2024-05-09', daysUntilOrder: 3, reviewDays: 4 })
})

test('a closed day moves orders and deliveries', () => {
  const closedOn = new Set(['2024-05-08', '2024-05-09'])
  expect(at(MONDAY, { closedOn })).toMatchObject({
    deliveryDay: '2024-05-10',
    nextOrderDay: '2024-05-13',
    reviewDays: 5,
  })
})

test('order days whose goods come together are one', () => {
  // Orders of Monday and Tuesday both come on Thursday, since Wednesday is closed.
  const closedOn = new Set(['2024-05-07', '2024-05-08'])
  const times = at(MONDAY, { orderWeekdays: [1, 2, 3, 4, 5], leadTimeDays: 1, closedOn })
  expect(times).toMatchObject({ deliveryDay: '2024-05-09', nextOrderDay: '2024-05-09', nextDeliveryDay: '2024-05-10' })
})

test('whatever the calendar, orders go out on open order days, and goods come after their lead time and in order', () => {
  const asked = fc.record({
    today: fc.nat(1_000).map((days) => addDays(MONDAY, days)),
    isPastCutOff: fc.boolean(),
    orderWeekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    leadTimeDays: fc.nat(30),
    closedAfter: fc.array(fc.nat(60), { maxLength: 20 }),
  })
  fc.assert(
    fc.property(asked, ({ today, isPastCutOff, orderWeekdays, leadTimeDays, closedAfter }) => {
      const closedOn = new Set(closedAfter.map((days) => addDays(today, days)))
      const times = orderTimes(today, isPastCutOff, { orderWeekdays, leadTimeDays, closedOn })
      for (const orderDay of [times.orderDay, times.nextOrderDay]) {
        expect(orderWeekdays).toContain(new Date(orderDay).getUTCDay() || 7)
        expect(closedOn).not.toContain(orderDay)
      }
      expect(times.daysUntilOrder).toBe(countDays(today, times.orderDay))
      expect(times.daysUntilOrder).toBeGreaterThanOrEqual(isPastCutOff ? 1 : 0)
      expect(countDays(times.orderDay, times.deliveryDay)).toBeGreaterThanOrEqual(leadTimeDays)
      expect(closedOn).not.toContain(times.deliveryDay)
      expect(times.nextOrderDay > times.orderDay).toBe(true)
      expect(times.reviewDays).toBe(countDays(times.deliveryDay, times.nextDeliveryDay))
      expect(times.reviewDays).toBeGreaterThan(0)
    }),
  )
})

test.each([
  ['order weekdays are empty', { orderWeekdays: [] }],
  ['order weekday 8', { orderWeekdays: [8] }],
  ['lead time is -1', { leadTimeDays: -1 }],
  ['lead time is NaN', { leadTimeDays: Number.NaN }],
  ['accepts no order within', { closedOn: { has: () => true } as unknown as ReadonlySet<string> }],
])('%s is refused', (message, changes) => {
  expect(() => at(MONDAY, changes)).toThrow(message)
})
