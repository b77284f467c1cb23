import { describe, expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { type BacktestPolicy, type BacktestSeries, backtestSeries, summarise } from './backtest.ts'
import { learnLeadTime } from './lead-time.ts'

const DAYS = 200
const policies: BacktestPolicy[] = [
  { name: 'current', changes: {} },
  { name: 'high', changes: { serviceMeasure: 'fill', serviceTarget: 0.99 } },
  { name: 'moving_average', changes: {}, movingAverage: { windowDays: 28, serviceFactor: 1.65 } },
]

function seriesOf(seed: number, more: Partial<BacktestSeries> = {}): BacktestSeries {
  const random = seeded(seed)
  return {
    name: `series ${seed}`,
    sold: Float64Array.from({ length: DAYS }, () => Math.floor(9 * random())),
    ranOut: new Uint8Array(DAYS),
    factors: new Float64Array(DAYS).fill(1),
    leadTime: learnLeadTime(2, [], 'test'),
    reviewDays: 1,
    terms: { unitCost: 2, price: 3, packSize: 1 },
    policy: {
      method: 'base_stock',
      serviceMeasure: 'fill',
      serviceTarget: 0.8,
      holdingRatePerYear: 0.2,
      stockOutCostRatio: 0.3,
      wasteCostRatio: 1,
      orderingCost: 0.5,
    },
    ...more,
  }
}

const outcomes = (series: BacktestSeries) => backtestSeries(series, policies, 56, 1).outcomes

describe('a backtest', () => {
  test('measures the days behind the history, and costs add up', () => {
    for (const each of outcomes(seriesOf(1))) {
      expect(each.days).toBe(DAYS - 56)
      expect(each.cost).toBeCloseTo(each.holding + each.lostMargin + each.waste + each.ordering, 9)
      expect(each.ordering).toBeCloseTo(0.5 * each.orders, 9)
    }
  })

  test('a higher target serves more, of the same demand', () => {
    const [current, high] = outcomes(seriesOf(2))
    expect(high!.demand).toBe(current!.demand)
    expect(high!.sold).toBeGreaterThan(current!.sold)
  })

  test('on a day on which it ran out more was asked for than was sold', () => {
    const ranOut = new Uint8Array(DAYS).map((_, day) => (day % 10 === 0 ? 1 : 0))
    const [known, unknown] = [outcomes(seriesOf(3, { ranOut }))[0]!, outcomes(seriesOf(3))[0]!]
    expect(known.demand).toBeGreaterThan(unknown.demand)
    expect(known.demand).toBeLessThan(1.3 * unknown.demand)
  })

  test('the textbook’s lots end where goods expire', () => {
    const [, , textbook] = outcomes(seriesOf(4, { terms: { unitCost: 2, price: 3, packSize: 1, shelfLifeDays: 6 } }))
    expect(textbook!.wasted / textbook!.received).toBeLessThan(0.2)
  })

  test('is the same when it is run again', () => {
    expect(outcomes(seriesOf(5))).toEqual(outcomes(seriesOf(5)))
  })
})

describe('a report', () => {
  const series = Array.from({ length: 40 }, (_, index) => backtestSeries(seriesOf(index), policies, 56, index))
  const [all, ...segments] = summarise(series, policies, 1)

  test('has all series, and each in one segment', () => {
    expect(all).toMatchObject({ segment: 'all', series: 40 })
    expect(segments.reduce((sum, segment) => sum + segment.series, 0)).toBe(40)
    for (const { segment } of segments) expect(segment).toMatch(/^[ABC][XYZ]$/)
  })

  test('has intervals around its figures, and ratios to the first policy', () => {
    for (const report of all!.policies) {
      expect(report.cost).toBeGreaterThan(report.costInterval.low)
      expect(report.cost).toBeLessThan(report.costInterval.high)
      expect(report.fillRate).toBeGreaterThan(report.fillRateInterval!.low)
    }
    expect(all!.policies[0]).toMatchObject({ costRatio: 1, costRatioInterval: null })
    expect(all!.policies[1]!.costRatioInterval!.low).toBeLessThan(all!.policies[1]!.costRatio!)
  })

  test('of nothing sold has no fill rate, and no number that is none', () => {
    const empty = backtestSeries(seriesOf(1, { sold: new Float64Array(DAYS) }), policies, 56, 1)
    const [report] = summarise([empty], policies, 1)
    expect(report!.policies[0]).toMatchObject({ fillRate: null, fillRateInterval: null, costRatio: null })
    expect(JSON.stringify(report)).not.toMatch(/NaN|Infinity/)
  })
})
