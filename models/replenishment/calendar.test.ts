import { expect, test } from 'vitest'
import { orderTimes, type SupplierCalendar } from './calendar.ts'

const calendar: SupplierCalendar = {
  orderWeekdays: [1, 4],
  cutOff: '11:00',
  timeZone: 'Europe/London',
  leadTimeDays: 2,
}
// 2024-05-06 is a Monday, and London is an hour ahead of UTC.
const at = (instant: string, changes: Partial<SupplierCalendar> = {}) =>
  orderTimes(new Date(instant), { ...calendar, ...changes })

test('an order before the cut-off is today’s, and lasts until the next one’s goods come', () => {
  expect(at('2024-05-06T10:00:00Z')).toEqual({
    orderDay: '2024-05-06',
    deliveryDay: '2024-05-08',
    nextOrderDay: '2024-05-09',
    nextDeliveryDay: '2024-05-11',
    daysUntilOrder: 0,
    reviewDays: 3,
  })
})

test('a minute after the cut-off it is the next order day’s', () => {
  expect(at('2024-05-06T10:01:00Z')).toMatchObject({ orderDay: '2024-05-09', daysUntilOrder: 3, reviewDays: 4 })
})

test('the day is the one on the supplier’s clock', () => {
  expect(at('2024-05-05T23:30:00Z')).toMatchObject({ orderDay: '2024-05-06', daysUntilOrder: 0 })
  expect(at('2024-05-06T03:30:00Z', { timeZone: 'America/New_York' })).toMatchObject({ daysUntilOrder: 1 })
})

test('a closed day moves orders and deliveries', () => {
  const closedOn = new Set(['2024-05-08', '2024-05-09'])
  expect(at('2024-05-06T08:00:00Z', { closedOn })).toMatchObject({
    deliveryDay: '2024-05-10',
    nextOrderDay: '2024-05-13',
    reviewDays: 5,
  })
})

test('order days whose goods come together are one', () => {
  // Orders of Monday and Tuesday both come on Thursday, since Wednesday is closed.
  const closedOn = new Set(['2024-05-07', '2024-05-08'])
  const times = at('2024-05-06T08:00:00Z', { orderWeekdays: [1, 2, 3, 4, 5], leadTimeDays: 1, closedOn })
  expect(times).toMatchObject({ deliveryDay: '2024-05-09', nextOrderDay: '2024-05-09', nextDeliveryDay: '2024-05-10' })
})

test('every day of a year has an order to come, and review days above zero', () => {
  for (let day = 0; day < 366; day += 1) {
    const now = new Date(Date.UTC(2024, 0, 1 + day, 12))
    const { orderDay, deliveryDay, nextDeliveryDay, reviewDays } = at(now.toISOString())
    expect(orderDay >= now.toISOString().slice(0, 10)).toBe(true)
    expect(deliveryDay < nextDeliveryDay && [3, 4].includes(reviewDays)).toBe(true)
  }
})

test.each([
  ['order weekdays are empty', { orderWeekdays: [] }],
  ['order weekday 8', { orderWeekdays: [8] }],
  ['cut-off is 25:00', { cutOff: '25:00' }],
  ['lead time is -1', { leadTimeDays: -1 }],
  ['lead time is NaN', { leadTimeDays: Number.NaN }],
  ['Mars', { timeZone: 'Mars/Olympus' }],
  ['takes no order within', { closedOn: { has: () => true } as unknown as ReadonlySet<string> }],
])('%s is refused', (message, changes) => {
  expect(() => at('2024-05-06T08:00:00Z', changes)).toThrow(message)
})
