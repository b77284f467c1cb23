import { expect, test } from 'vitest'
import { type MarkdownLimits, type MarkdownShelf, planMarkdown } from './plan-markdown.ts'

const shelf = (change: Partial<MarkdownShelf> = {}): MarkdownShelf => ({
  lots: [{ units: 30, days: 1 }],
  stored: [],
  hour: 7,
  unitsBetween: (from, to) => (8 * (to - from)) / 24,
  inverseSize: 0,
  elasticity: 2,
  usualPrice: 2,
  price: 2,
  unitCost: 1.3,
  isResupplied: true,
  percentNow: 0,
  ...change,
})
const limits = (change: Partial<MarkdownLimits> = {}): MarkdownLimits => ({
  nearExpiryDays: 2,
  percentMax: 70,
  approvalPercent: null,
  wasteCostRatio: 0,
  ...change,
})

test('lots that last, and those that have expired, are not marked down', () => {
  expect(
    planMarkdown(
      shelf({
        lots: [
          { units: 30, days: 3 },
          { units: 5, days: null },
        ],
      }),
      limits(),
    ),
  ).toBeUndefined()
  expect(planMarkdown(shelf(), limits({ nearExpiryDays: 0 }))).toBeUndefined()
})

test('what needs approval is held at the limit; the policy bounds what is best', () => {
  const free = planMarkdown(shelf(), limits())!
  expect(free.percent).toBe(free.best)
  expect(free.best).toBeGreaterThan(30)
  expect(planMarkdown(shelf(), limits({ approvalPercent: 20 }))).toMatchObject({ percent: 20, best: free.best })
  expect(planMarkdown(shelf(), limits({ percentMax: 25 }))).toMatchObject({ percent: 25, best: 25 })
})

test('a label does not go up again on the same day', () => {
  const sold = { lots: [{ units: 1, days: 1 }], hour: 15 }
  expect(planMarkdown(shelf(sold), limits())!.percent).toBe(0)
  expect(planMarkdown(shelf({ ...sold, percentNow: 30 }), limits({ approvalPercent: 20 }))).toMatchObject({
    percent: 30,
  })
})

test('a lot of today is sold until the night, one of tomorrow a day longer', () => {
  const seen: [number, number][] = []
  const unitsBetween = (from: number, to: number) => {
    seen.push([from, to])
    return 1
  }
  planMarkdown(
    shelf({
      lots: [
        { units: 3, days: 0 },
        { units: 3, days: 1 },
      ],
      unitsBetween,
    }),
    limits(),
  )
  expect(seen).toEqual([
    [7, 15],
    [15, 24],
    [24, 48],
  ])
})

test('looks at what comes behind: goods that expire next are worth less than they cost', () => {
  const alone = planMarkdown(shelf({ lots: [{ units: 12, days: 0 }] }), limits())!
  const before = planMarkdown(
    shelf({
      lots: [
        { units: 12, days: 0 },
        { units: 40, days: 2 },
      ],
    }),
    limits({ nearExpiryDays: 0 }),
  )!
  const stored = planMarkdown(shelf({ lots: [{ units: 12, days: 0 }], stored: [{ units: 40, days: 2 }] }), limits())!
  const fresh = planMarkdown(shelf({ lots: [{ units: 12, days: 0 }], stored: [{ units: 40, days: null }] }), limits())!
  expect(before.best).toBeGreaterThan(fresh.best)
  expect(stored.best).toBe(before.best)
  expect(fresh.best).toBeLessThanOrEqual(alone.best)
})
