/** When a supplier can be ordered from and when the goods come; pure functions of a day and the supplier's calendar. */

import { addDays, countDays } from '../../contracts/calendar.ts'

export interface SupplierCalendar {
  /** ISO days of the week on which orders are taken: 1 is Monday. */
  orderWeekdays: readonly number[]
  /** Calendar days from order day to delivery. */
  leadTimeDays: number
  /** Days (YYYY-MM-DD) on which the supplier neither takes orders nor delivers. */
  closedOn?: ReadonlySet<string>
}

/** Days are YYYY-MM-DD on the supplier's clock. */
export interface OrderTimes {
  /** The day for which an order placed today counts. */
  orderDay: string
  deliveryDay: string
  /** The order day after it, and when that order's goods come: until then this order has to last. */
  nextOrderDay: string
  nextDeliveryDay: string
  /** From today to `orderDay`, 0 when it is still today. */
  daysUntilOrder: number
  /** From `deliveryDay` to `nextDeliveryDay`: the review days of an order line. */
  reviewDays: number
}

/** A supplier that is closed for longer than this is no supplier. */
const SEARCH_DAYS_MAX = 366

/**
 * @param today YYYY-MM-DD on the supplier's clock
 * @param isPastCutOff whether an order of today would come too late
 * @throws RangeError naming what is wrong with the calendar
 */
export function orderTimes(today: string, isPastCutOff: boolean, calendar: SupplierCalendar): OrderTimes {
  checkCalendar(calendar)
  const orderDay = nextOrderDay(isPastCutOff ? addDays(today, 1) : today, calendar)
  const deliveryDay = deliveryOf(orderDay, calendar)
  let next = nextOrderDay(addDays(orderDay, 1), calendar)
  // Two order days may have one delivery, when the supplier is closed in between.
  while (deliveryOf(next, calendar) <= deliveryDay) next = nextOrderDay(addDays(next, 1), calendar)
  const nextDeliveryDay = deliveryOf(next, calendar)
  return {
    orderDay,
    deliveryDay,
    nextOrderDay: next,
    nextDeliveryDay,
    daysUntilOrder: countDays(today, orderDay),
    reviewDays: countDays(deliveryDay, nextDeliveryDay),
  }
}

function nextOrderDay(from: string, { orderWeekdays, closedOn }: SupplierCalendar): string {
  let day = from
  for (let tried = 0; tried < SEARCH_DAYS_MAX; tried += 1) {
    if (orderWeekdays.includes(weekdayOf(day)) && !closedOn?.has(day)) return day
    day = addDays(day, 1)
  }
  throw new RangeError(`the supplier accepts no order within ${SEARCH_DAYS_MAX} days of ${from}: check its closed days`)
}

/** The first day on which the supplier delivers at or after the lead time. */
function deliveryOf(orderDay: string, { leadTimeDays, closedOn }: SupplierCalendar): string {
  let day = addDays(orderDay, leadTimeDays)
  for (let tried = 0; closedOn?.has(day) && tried < SEARCH_DAYS_MAX; tried += 1) day = addDays(day, 1)
  return day
}

function checkCalendar({ orderWeekdays, leadTimeDays }: SupplierCalendar): void {
  if (orderWeekdays.length === 0) throw new RangeError('order weekdays are empty: give at least one, 1 (Monday) to 7')
  for (const weekday of orderWeekdays) {
    if (!Number.isInteger(weekday) || weekday < 1 || weekday > 7) {
      throw new RangeError(`order weekday ${weekday}: must be 1 (Monday) to 7 (Sunday)`)
    }
  }
  if (!Number.isInteger(leadTimeDays) || leadTimeDays < 0) {
    throw new RangeError(
      `lead time is ${leadTimeDays} days: must be whole days, 0 (delivered on the order day) or more`,
    )
  }
}

const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay() || 7
