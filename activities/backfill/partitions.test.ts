import { expect, test } from 'vitest'
import { dayBefore } from './partitions.ts'

test('yesterday is the day before on the clock of the zone', () => {
  const at = new Date('2024-03-01T03:30:00Z')
  expect(dayBefore(at, 'UTC')).toBe('2024-02-29')
  expect(dayBefore(at, 'America/New_York')).toBe('2024-02-28')
  expect(dayBefore(at, 'Pacific/Auckland')).toBe('2024-02-29')
})
