import { expect, test } from 'vitest'
import { unitsOfUsualWeek, usualWeek } from './usual-week.ts'

const SATURDAY = 5

test('of whole weeks every weekday has its own mean', () => {
  const week = usualWeek([10, 10, 10, 10, 20, 24, 0, 10, 10, 10, 10, 20, 16, 0], 0, true)
  expect(week.tradeADay).toBeCloseTo(80 / 7, 12)
  expect(Array.from(week.weekdays, (share) => share * week.tradeADay)).toEqual([10, 10, 10, 10, 20, 20, 0])
  expect(Array.from(week.seen)).toEqual([2, 2, 2, 2, 2, 2, 2])
})

test('a quiet first day hardly counts while the weekdays are not known', () => {
  const week = usualWeek([150, 20_000], SATURDAY, false)
  expect(week.tradeADay).toBeGreaterThan(19_800)
  for (const share of week.weekdays) expect(share).toBeCloseTo(1, 12)
  expect(Array.from(week.seen)).toEqual([0, 0, 0, 0, 0, 0, 0])
})

test('a weekday is known from its second whole day on; the opening day is not one', () => {
  const trade = [1, ...new Array<number>(6).fill(10), 2, 14]
  const opened = usualWeek(trade, SATURDAY, false)
  expect(Array.from(opened.seen)).toEqual([0, 0, 0, 0, 0, 0, 2])
  expect(opened.weekdays[6]! * opened.tradeADay).toBeCloseTo(12, 12)
  const older = usualWeek(trade, SATURDAY, true)
  expect(Array.from(older.seen)).toEqual([0, 0, 0, 0, 0, 2, 2])
  expect(older.weekdays[5]! * older.tradeADay).toBeCloseTo(1.5, 12)
})

test('without trade all days are alike', () => {
  expect(usualWeek([0, 0], 0, true)).toMatchObject({ tradeADay: 0, weekdays: new Float64Array(7).fill(1) })
})

test('hours of weekdays that are not known yet sell as those of the other days', () => {
  // Saturday and Sunday, all of it at ten o'clock.
  const units = new Float64Array(168)
  units[SATURDAY * 24 + 10] = 2
  units[6 * 24 + 10] = 198
  const week = usualWeek([1, 99], SATURDAY, false)
  const usual = unitsOfUsualWeek(units, week, 100 / week.tradeADay)
  const ten = Array.from({ length: 7 }, (_, weekday) => usual[weekday * 24 + 10]!)
  for (const value of ten) expect(value).toBeCloseTo(2 * week.tradeADay, 9)
  expect(usual.reduce((sum, value) => sum + value, 0)).toBeCloseTo(14 * week.tradeADay, 9)
})

test('hours of known weekdays are their own', () => {
  const units = Float64Array.from({ length: 168 }, (_, hour) => hour)
  const week = usualWeek(new Array<number>(28).fill(5), 0, true)
  expect(Array.from(unitsOfUsualWeek(units, week, 28))).toEqual(Array.from(units, (value) => value / 4))
})
