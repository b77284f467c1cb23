import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays, countDays, dateOf, dayNumber, daysBetween, mondayOf } from './calendar.ts'

const day = fc.integer({ min: dayNumber('1900-01-01'), max: dayNumber('2199-12-31') }).map(dateOf)
const step = fc.integer({ min: -40_000, max: 40_000 })

test('knows leap years and the ends of months', () => {
  expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
  expect(addDays('2100-02-28', 1)).toBe('2100-03-01')
  expect(addDays('2024-01-01', -1)).toBe('2023-12-31')
  expect(dayNumber('1970-01-01')).toBe(0)
  expect(daysBetween('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01'])
  expect(daysBetween('2024-03-01', '2024-02-28')).toEqual([])
})

test('a week begins on Monday', () => {
  expect([mondayOf('2024-03-10'), mondayOf('2024-03-11'), mondayOf('1969-12-28')]).toEqual([
    '2024-03-04',
    '2024-03-11',
    '1969-12-22',
  ])
  fc.assert(
    fc.property(day, (date) => {
      expect(new Date(mondayOf(date)).getUTCDay()).toBe(1)
      expect(countDays(mondayOf(date), date)).toBeGreaterThanOrEqual(0)
      expect(countDays(mondayOf(date), date)).toBeLessThan(7)
    }),
  )
})

test('counts the days that were added, and takes them away again', () => {
  fc.assert(
    fc.property(day, step, (from, days) => {
      const to = addDays(from, days)
      expect(countDays(from, to)).toBe(days)
      expect(addDays(to, -days)).toBe(from)
      expect(Math.sign(days)).toBe(to > from ? 1 : to < from ? -1 : 0)
    }),
  )
})

test('a range has each of its days once, in order', () => {
  fc.assert(
    fc.property(day, fc.nat(400), (from, more) => {
      const days = daysBetween(from, addDays(from, more))
      expect(days).toHaveLength(more + 1)
      expect([days[0], days.at(-1)]).toEqual([from, addDays(from, more)])
      expect(days.every((date, index) => index === 0 || date === addDays(days[index - 1]!, 1))).toBe(true)
    }),
  )
})
