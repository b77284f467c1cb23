import { describe, expect, test } from 'vitest'
import { bestMarkdown, type MarkdownQuestion } from './markdown.ts'

const question = (change: Partial<MarkdownQuestion> = {}): MarkdownQuestion => ({
  lots: [{ units: 10, stages: 1 }],
  demand: [4],
  inverseSize: 0,
  elasticity: 2,
  usualPrice: 2,
  price: 2,
  unitCost: 1.3,
  wasteCost: 0,
  percents: [0, 10, 20, 30, 40, 50, 60, 70],
  resupplied: 1,
  ...change,
})

describe('a markdown', () => {
  test('is none where the goods will be sold anyway, and deep where most would expire', () => {
    expect(bestMarkdown(question({ demand: [40] })).best.percent).toBe(0)
    const { best, options } = bestMarkdown(question())
    expect(best.percent).toBeGreaterThanOrEqual(40)
    const wasted = options.map((option) => option.wasted)
    expect(wasted).toEqual([...wasted].sort((one, other) => other - one))
    expect(wasted[0]).toBeCloseTo(6, 1)
  })

  test('earns what was counted by hand: two units, and a demand of one', () => {
    // A count of mean 1 that is 0, 1, 2 … : 0.368, 0.368, 0.184; the third and more do not find any.
    const { options } = bestMarkdown(
      question({ lots: [{ units: 2, stages: 1 }], demand: [1], percents: [0], resupplied: 0 }),
    )
    const sold = 0.3679 + 2 * (1 - 0.3679 - 0.3679)
    expect(options[0]).toMatchObject({
      earned: expect.closeTo(2 * sold, 3),
      sold: expect.closeTo(sold, 3),
      wasted: expect.closeTo(2 - sold, 3),
    })
  })

  test('spares fresh goods behind the old ones: they keep what they cost', () => {
    const old = bestMarkdown(question({ lots: [{ units: 3, stages: 1 }], demand: [4] }))
    const behind = bestMarkdown(
      question({
        lots: [
          { units: 3, stages: 1 },
          { units: 20, stages: 9 },
        ],
        demand: [4],
      }),
    )
    expect(behind.best.percent).toBeLessThanOrEqual(old.best.percent)
    expect(behind.best.percent).toBeLessThan(30)
    // All of the fresh ones are worth 1.30.
    expect(
      behind.best.earned -
        bestMarkdown(question({ lots: [{ units: 3, stages: 1 }], demand: [4], resupplied: 1 })).best.earned,
    ).toBeCloseTo(26, 0)
  })

  test('waits while there is time, and counts on later markdowns', () => {
    const early = bestMarkdown(question({ lots: [{ units: 10, stages: 3 }], demand: [4, 4, 4] }))
    const late = bestMarkdown(question({ lots: [{ units: 10, stages: 1 }], demand: [4] }))
    expect(early.best.percent).toBeLessThan(late.best.percent)
  })

  test('is deeper where waste costs more, and none where no one answers to prices', () => {
    const plain = bestMarkdown(question({ elasticity: 1.2 })).best.percent
    expect(bestMarkdown(question({ elasticity: 1.2, wasteCost: 2 })).best.percent).toBeGreaterThan(plain)
    expect(bestMarkdown(question({ elasticity: 0 })).best.percent).toBe(0)
  })

  test('does not undo a promotion', () => {
    const { options } = bestMarkdown(question({ price: 1.5 }))
    expect(options.map(({ price }) => price)).toEqual([1.5, 1.5, 1.5, 1.4, 1.2, 1, 0.8, 0.6])
  })

  test('takes weighed goods, and many of them, without taking for ever', () => {
    const started = performance.now()
    const { options } = bestMarkdown(
      question({ lots: [{ units: 4_321.5, stages: 1 }], demand: [1_800], percents: [0, 50] }),
    )
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(options[0]!.wasted).toBeGreaterThan(2_300)
    expect(options[1]!.wasted).toBeLessThan(10)
  })

  test('of nothing is nothing; without a stage it is an error', () => {
    expect(bestMarkdown(question({ lots: [] })).best).toMatchObject({ percent: 0, wasted: 0 })
    expect(() => bestMarkdown(question({ demand: [] }))).toThrow(RangeError)
  })
})
