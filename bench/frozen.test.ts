import { expect, test } from 'vitest'
import { addDays } from '../contracts/calendar.ts'
import { FROZEN_DAYS, FROZEN_ORIGINS, refuseFrozen } from './frozen.ts'

const origins = Object.entries(FROZEN_ORIGINS)

test.each(origins)('%s has four frozen origins', (_, frozen) => {
  expect(frozen).toHaveLength(4)
  expect([...frozen]).toEqual([...frozen].sort())
})

test.each(origins)('%s: a choice that would look at a frozen day is refused', (set, frozen) => {
  for (const origin of frozen) {
    for (const [from, through] of [
      [origin, addDays(origin, 1)],
      [addDays(origin, FROZEN_DAYS), addDays(origin, 40)],
      [addDays(origin, -10), addDays(origin, 60)],
    ] as const) {
      expect(() => refuseFrozen(set, [{ from, through }])).toThrow(/is frozen .* choose on other days/)
    }
  }
  const free = addDays(frozen.at(-1)!, FROZEN_DAYS + 1)
  expect(() => refuseFrozen(set, [{ from: free, through: addDays(free, 6) }])).not.toThrow()
})

test('other files have no frozen days', () => {
  expect(() => refuseFrozen('sales.csv', [{ from: '2017-01-01', through: '2017-12-31' }])).not.toThrow()
})
