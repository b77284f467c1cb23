import { describe, expect, test } from 'vitest'
import { loadSettings } from '../../platform/settings/settings.ts'
import { runShortest } from './shortest.ts'

const MINUTE_MS = 60_000

describe('the shortest form of the chaos harness', () => {
  test('kills stream workers while events come, and nothing is lost, doubled or different', {
    timeout: 6 * MINUTE_MS,
  }, async () => {
    const outcome = await runShortest(loadSettings(), 1, () => undefined)
    expect(outcome.problems).toEqual([])
    expect(outcome).toMatchObject({ lost: 0, doubled: 0, differing: 0 })
    expect(outcome.recoveries.length).toBe(3)
    expect(outcome.events).toBeGreaterThanOrEqual(20_000)
    expect(outcome.compared).toBeGreaterThan(10_000)
  })
})
