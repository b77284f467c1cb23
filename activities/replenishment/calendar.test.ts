import { describe, expect, test } from 'vitest'
import { addDays } from '../../contracts/calendar.ts'
import { orderDay, reviewedAgainIn } from './calendar.ts'

// 2024-05-06 is a Monday.
const MONDAY = '2024-05-06'
const TUESDAY = '2024-05-07'
const FRIDAY = '2024-05-10'

describe('orderDay', () => {
  test('is the same day before the cut-off, and the next order day after it', () => {
    expect(orderDay(MONDAY, { weekdays: [1, 3, 5], isPastCutOff: false })).toEqual({ waitDays: 0, untilNextDays: 2 })
    expect(orderDay(MONDAY, { weekdays: [1, 3, 5], isPastCutOff: true })).toEqual({ waitDays: 2, untilNextDays: 2 })
    expect(orderDay(FRIDAY, { weekdays: [1, 3, 5], isPastCutOff: false })).toEqual({ waitDays: 0, untilNextDays: 3 })
    expect(orderDay(MONDAY, { weekdays: [1], isPastCutOff: true })).toEqual({ waitDays: 7, untilNextDays: 7 })
  })

  test('is none on a day on which nothing can be ordered', () => {
    expect(orderDay(TUESDAY, { weekdays: [1, 3, 5], isPastCutOff: false })).toBeUndefined()
  })
})

describe('reviewedAgainIn', () => {
  const everyDay = [1, 2, 3, 4, 5, 6, 7]

  test('counts to the first order day of the next stretch', () => {
    expect(reviewedAgainIn(MONDAY, 1, everyDay)).toBe(1)
    expect(reviewedAgainIn(MONDAY, 7, everyDay)).toBe(7)
    expect(reviewedAgainIn(TUESDAY, 7, everyDay)).toBeUndefined()
    expect(reviewedAgainIn(TUESDAY, 7, [2, 5])).toBe(7)
    expect(reviewedAgainIn(FRIDAY, 7, [2, 5])).toBeUndefined()
    expect(reviewedAgainIn(MONDAY, 2, [1, 5])).toBe(4)
  })

  test('reviews every product once a stretch, whatever the weekdays', () => {
    for (const reviewDays of [1, 2, 3, 5, 10, 14]) {
      for (const weekdays of [[1], [1, 3, 5], [2, 6], everyDay]) {
        let due: string | undefined
        for (let day = 0; day < 90; day += 1) {
          const date = addDays(MONDAY, day)
          if (!weekdays.includes((day % 7) + 1)) continue
          const again = reviewedAgainIn(date, reviewDays, weekdays)
          if (again === undefined) expect(date).not.toBe(due)
          else {
            if (due !== undefined) expect(date).toBe(due)
            due = addDays(date, again)
          }
        }
      }
    }
  })
})
