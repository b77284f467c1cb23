/** When a supplier takes orders, and when a product is looked at again. Days are YYYY-MM-DD; Monday is 1. */

import { dayNumber } from '../../contracts/calendar.ts'
import { orderTimes } from '../../models/replenishment/calendar.ts'

/** 1 January 1970 was a Thursday: three days after a Monday. */
const DAYS_SINCE_MONDAY = 3

const daysSinceMonday = (date: string): number => dayNumber(date) + DAYS_SINCE_MONDAY
const weekdayOf = (day: number): number => (day % 7) + 1

/** The supplier's own calendar. */
export interface OrderCalendar {
  /** 1 to 7, at least one. */
  weekdays: readonly number[]
  /** Orders of the day itself would come too late. */
  isPastCutOff: boolean
}

export interface OrderDay {
  /** Days from the review until the order goes out: 0 is the same day. */
  waitDays: number
  /** Days from the order's going out until the next one could. */
  untilNextDays: number
}

/**
 * The day on which an order that is planned now goes out. A supplier is planned on the days on which they take orders; after
 * their cut-off for the next of them, so that a plan that runs late every day still orders.
 *
 * @returns undefined when the supplier takes no orders on this day
 */
export function orderDay(date: string, { weekdays, isPastCutOff }: OrderCalendar): OrderDay | undefined {
  if (nextOrderDay(date, { weekdays, isPastCutOff: false }).waitDays > 0) return undefined
  return nextOrderDay(date, { weekdays, isPastCutOff })
}

/** The first day on which an order can go out. */
export function nextOrderDay(date: string, { weekdays, isPastCutOff }: OrderCalendar): OrderDay {
  const { daysUntilOrder, reviewDays } = orderTimes(date, isPastCutOff, { orderWeekdays: weekdays, leadTimeDays: 0 })
  return { waitDays: daysUntilOrder, untilNextDays: reviewDays }
}

/**
 * Days until a product that is reviewed every `reviewDays` is reviewed again. Reviews are on the first order day of each
 * stretch of this many days; the stretches begin on the same days for every product, so that a supplier's lines come together.
 *
 * @returns undefined when it is not reviewed on this day; else 1 or more
 */
export function reviewedAgainIn(date: string, reviewDays: number, weekdays: readonly number[]): number | undefined {
  const today = daysSinceMonday(date)
  const stretch = Math.floor(today / reviewDays)
  for (let day = today - 1; Math.floor(day / reviewDays) === stretch; day -= 1) {
    if (weekdays.includes(weekdayOf(day))) return undefined
  }
  let ahead = daysUntilNext(today, weekdays)
  while (Math.floor((today + ahead) / reviewDays) === stretch) ahead += daysUntilNext(today + ahead, weekdays)
  return ahead
}

function daysUntilNext(day: number, weekdays: readonly number[]): number {
  for (let ahead = 1; ahead < 7; ahead += 1) if (weekdays.includes(weekdayOf(day + ahead))) return ahead
  return 7
}
