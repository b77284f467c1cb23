import { expect, test } from 'vitest'
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

test('every day of a year has an order to come, and review days above zero', () => {
  for (let day = 0; day < 366; day += 1) {
    const today = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10)
    const { orderDay, deliveryDay, nextDeliveryDay, reviewDays } = at(today)
    expect(orderDay >= today).toBe(true)
    expect(deliveryDay < nextDeliveryDay && [3, 4].includes(reviewDays)).toBe(true)
  }
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
