import { describe, expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { type DayPrice, stretchesOf } from './price-day.ts'
import { addDay, noEvidence, type PriceEvidence, type PriceReason } from './price-evidence.ts'
import {
  byCategory,
  elasticityIn,
  learnPriceResponse,
  PUBLISHED,
  type SeriesEvidence,
  upliftAt,
} from './price-response.ts'

/** A count of this mean (Knuth). */
function poisson(random: () => number, mean: number): number {
  let count = -1
  for (let left = 1; left > Math.exp(-mean); left *= random()) count += 1
  return count
}

interface Shop {
  store: string
  product: string
  category: string
  perVisitor: number
  elasticity: number
  promotionFactor?: number
}

/** Weeks of which every fourth is at a lower price, in days whose visitors differ threefold. */
function live(shop: Shop, days: number, seed: number, reason: PriceReason = 'promotion'): SeriesEvidence {
  const random = seeded(seed)
  const evidence = noEvidence()
  for (let day = 0; day < days; day += 1) {
    const depth = Math.floor(day / 7) % 4 === 3 ? [0.1, 0.2, 0.3, 0.4][Math.floor(day / 28) % 4]! : 0
    const exposure = 100 + 200 * random()
    const factor = depth > 0 ? upliftAt(depth, shop.elasticity) * (shop.promotionFactor ?? 1) : 1
    addDay(evidence, [{ depth, reason, exposure, units: poisson(random, shop.perVisitor * exposure * factor) }])
  }
  const { store, product, category } = shop
  return { store, product, category, evidence }
}

const shops = (category: string, elasticity: number, perVisitor = 0.03): Shop[] =>
  Array.from({ length: 12 }, (_, index) => ({
    store: `s${index % 3}`,
    product: `${category}-${index % 4}`,
    category,
    perVisitor,
    elasticity,
  }))

describe('an elasticity', () => {
  test('is found for each category, though visitors differ from day to day', () => {
    const series = [...shops('bread', 1.4), ...shops('fish', 3)].map((shop, index) => live(shop, 168, index + 1))
    const { categories } = learnPriceResponse(byCategory(series))
    expect(categories.get('bread')!.elasticity).toBeGreaterThan(1.15)
    expect(categories.get('bread')!.elasticity).toBeLessThan(1.65)
    expect(categories.get('fish')!.elasticity).toBeGreaterThan(2.6)
    expect(categories.get('fish')!.elasticity).toBeLessThan(3.4)
    for (const { elasticity, error } of categories.values()) expect(error).toBeLessThan(0.25 * elasticity)
  })

  test('of a product with little is that of its category, of a category with nothing that of all', () => {
    const thin = live({ store: 's1', product: 'rare', category: 'bread', perVisitor: 0.0005, elasticity: 6 }, 84, 99)
    const known = shops('bread', 1.4).map((shop, index) => live(shop, 168, index + 1))
    const silent = live({ store: 's1', product: 'new', category: 'toys', perVisitor: 0.01, elasticity: 2 }, 5, 7)
    const response = learnPriceResponse(byCategory([...known, thin, silent]))
    const category = response.categories.get('bread')!.elasticity
    expect(Math.abs(response.categories.get('bread')!.products.get('rare')!.elasticity - category)).toBeLessThan(0.7)
    expect(response.categories.get('toys')!.elasticity).toBeCloseTo(response.all.elasticity, 1)
    expect(elasticityIn(response, { store: 's1', product: 'x', category: 'unknown' })).toEqual(response.all)
  })

  test('before anything is seen is the published one', () => {
    expect(learnPriceResponse([]).all).toMatchObject({ elasticity: PUBLISHED.mean, sold: 0, expected: 0 })
  })

  test('is separated from what a promotion adds', () => {
    const series = shops('tea', 2).flatMap((shop, index) => [
      live({ ...shop, promotionFactor: 1.6 }, 168, 2 * index + 1),
      live({ ...shop, product: `${shop.product}-marked` }, 168, 2 * index + 2, 'markdown'),
    ])
    const tea = learnPriceResponse(byCategory(series)).categories.get('tea')!
    expect(tea.promotionFactor).toBeGreaterThan(1.3)
    expect(tea.promotionFactor).toBeLessThan(1.9)
    expect(tea.elasticity).toBeGreaterThan(1.6)
    expect(tea.elasticity).toBeLessThan(2.5)
  })

  test('is another one in a store whose customers are', () => {
    const series = shops('milk', 1.5, 0.1).map((shop, index) =>
      live(shop.store === 's0' ? { ...shop, elasticity: 3 } : shop, 336, index + 1),
    )
    const response = learnPriceResponse(byCategory(series))
    const at = (store: string) => elasticityIn(response, { store, product: 'milk-1', category: 'milk' }).elasticity
    expect(at('s0') - at('s1')).toBeGreaterThan(0.4)
  })

  test('needs days at the usual price before lower ones count', () => {
    const evidence: PriceEvidence = noEvidence()
    addDay(evidence, [{ depth: 0.3, reason: 'promotion', units: 50, exposure: 100 }])
    expect(evidence.answers.promotion.sold.every((units) => units === 0)).toBe(true)
  })
})

describe('the stretches of a day', () => {
  const visitors = new Float64Array(24).fill(10)
  const units = new Float64Array(24).fill(1)
  const available = new Float64Array(24).fill(1)
  const cut = (prices: DayPrice[], usualPrice: number | null = 2) =>
    stretchesOf({ units, available, prices, usualPrice }, visitors)

  test('are cut where the price changes; the hour of the change belongs to none', () => {
    const stretches = cut([
      { from: 0, price: 2, reason: 'regular' },
      { from: 6.5, price: 1.4, reason: 'markdown' },
      { from: 15, price: 1, reason: 'markdown' },
    ])
    expect(stretches).toEqual([
      { depth: 0, reason: 'markdown', units: 6, exposure: 60 },
      { depth: expect.closeTo(0.3, 6), reason: 'markdown', units: 8, exposure: 80 },
      { depth: 0.5, reason: 'markdown', units: 9, exposure: 90 },
    ])
  })

  test('follow a new usual price, and need one', () => {
    expect(cut([{ from: 0, price: 1.5, reason: 'promotion' }], null)).toEqual([])
    expect(
      cut([
        { from: 0, price: 4, reason: 'regular' },
        { from: 12, price: 3, reason: 'promotion' },
      ]),
    ).toEqual([
      { depth: 0, reason: 'markdown', units: 12, exposure: 120 },
      { depth: 0.25, reason: 'promotion', units: 12, exposure: 120 },
    ])
  })
})
