import { expect, test } from 'vitest'
import { requireChoice, requireCount, requireDate, requireDayOrInstant, requireInstant, requireWhy } from './values.ts'

test('takes what is possible as it is', () => {
  expect(requireDate('date', '2024-02-29')).toBe('2024-02-29')
  expect(requireInstant('until', '2024-05-01T12:00:00+02:00')).toBe('2024-05-01T12:00:00+02:00')
  expect(requireCount('limit', 10, 1, 10)).toBe(10)
  expect(requireChoice('side', 'left', ['left', 'right'])).toBe('left')
  expect(requireWhy('waste in May')).toBe('waste in May')
  expect(requireDayOrInstant('since', '2024-05-01')).toEqual(new Date('2024-05-01T00:00:00Z'))
})

test.each([
  [() => requireDate('date', '2023-02-29'), 'date "2023-02-29" is not a date (YYYY-MM-DD)'],
  [() => requireInstant('until', 'soon'), 'until "soon" is not an instant (2024-05-01T12:00:00Z)'],
  [() => requireCount('limit', 11, 1, 10), 'limit 11 is not a whole number from 1 to 10'],
  [() => requireWhy('  '), 'why "  " is not a text of 1 to 500 characters'],
  [() => requireDayOrInstant('since', '2024-05-01T12:00'), 'since "2024-05-01T12:00" is not a day (2024-05-01) or'],
  [() => requireChoice('side', 'up', ['left', 'right']), 'side "up" is unknown: use one of left, right'],
])('refuses what is not: %#', (required, problem) => {
  expect(required).toThrow(problem)
})
