/** A made-up chain of grocery stores: a demand path, terms and lead times for each store × product, from one seed. */

import { type LeadTime, learnLeadTime } from '../../models/replenishment/lead-time.ts'
import { seeded } from '../../models/statistics/random.ts'

export interface WorldSize {
  stores: number
  productsPerCategory: number
  /** Days that are only learned from, then days that are measured. */
  historyDays: number
  days: number
}

/** One store × product. */
export interface Series {
  store: number
  category: Category
  /** Units demanded by day, history first. */
  demand: Float64Array
  /** 1 on days on which it is promoted; the plan of promotions is known ahead. */
  isPromoted: Uint8Array
  unitCost: number
  price: number
  packSize: number
  /** What the supplier takes for an order of each day. */
  leadTimeDays: Uint8Array
  leadTime: LeadTime
}

export interface Category {
  name: string
  shelfLifeDays: number | undefined
  reviewDays: number
  agreedDays: number
  packSizes: readonly number[]
  unitsPerDay: number
}

const categories: readonly Category[] = [
  { name: 'bakery', shelfLifeDays: 3, reviewDays: 1, agreedDays: 1, packSizes: [1, 4], unitsPerDay: 8 },
  { name: 'produce', shelfLifeDays: 6, reviewDays: 1, agreedDays: 1, packSizes: [4, 6], unitsPerDay: 9 },
  { name: 'ready meals', shelfLifeDays: 8, reviewDays: 2, agreedDays: 2, packSizes: [4, 6], unitsPerDay: 5 },
  { name: 'dairy', shelfLifeDays: 14, reviewDays: 2, agreedDays: 2, packSizes: [6, 12], unitsPerDay: 10 },
  { name: 'ambient', shelfLifeDays: undefined, reviewDays: 3, agreedDays: 3, packSizes: [6, 12], unitsPerDay: 4 },
]

/** Demand of a weekday over the mean one, Monday first: shops are full before the weekend. */
const week = [0.82, 0.8, 0.86, 0.95, 1.2, 1.42, 0.95]
const PROMOTION_DAYS = 7
const YEAR_DAYS = 365

export function makeWorld({ stores, productsPerCategory, historyDays, days }: WorldSize, seed: number): Series[] {
  const random = seeded(seed)
  const draw = drawsOf(random)
  const total = historyDays + days
  const products = categories.flatMap((category) =>
    Array.from({ length: productsPerCategory }, () => {
      const unitCost = 0.8 + 4 * random()
      return {
        category,
        unitCost,
        price: unitCost / (1 - (0.25 + 0.2 * random())),
        packSize: category.packSizes[Math.floor(random() * category.packSizes.length)]!,
        unitsPerDay: category.unitsPerDay * Math.exp(0.7 * draw.normal()),
        season: 0.25 * random(),
        peak: YEAR_DAYS * random(),
        uplift: 1.6 + 1.2 * random(),
        isPromoted: promotionsOf(random, total),
      }
    }),
  )
  return Array.from({ length: stores }, (_, store) => {
    const size = Math.exp(0.4 * draw.normal())
    const profile = week.map((factor) => factor * Math.exp(0.08 * draw.normal()))
    return products.map((product): Series => {
      const { category, unitCost, price, packSize, isPromoted } = product
      const size2 = 3 + 9 * random()
      let drift = 0
      const demand = Float64Array.from({ length: total }, (_, day) => {
        // What no calendar shows: weather, a road that is closed, a neighbour who opens.
        drift = 0.9 * drift + 0.06 * draw.normal()
        const season = 1 + product.season * Math.cos((2 * Math.PI * (day - product.peak)) / YEAR_DAYS)
        const uplift = isPromoted[day] === 1 ? product.uplift : 1
        return draw.negativeBinomial(
          product.unitsPerDay * size * profile[day % 7]! * season * uplift * Math.exp(drift),
          size2,
        )
      })
      const leadTimeDays = Uint8Array.from({ length: total }, () => category.agreedDays + (random() < 0.1 ? 1 : 0))
      const late = leadTimeDays.subarray(0, historyDays).reduce((sum, each) => sum + each - category.agreedDays, 0)
      const receipts = [
        { days: category.agreedDays, count: historyDays - late },
        { days: category.agreedDays + 1, count: late },
      ]
      const leadTime = learnLeadTime(category.agreedDays, receipts, 'the supplier')
      return { store, category, demand, isPromoted, unitCost, price, packSize, leadTimeDays, leadTime }
    })
  }).flat()
}

/** A week in every six to ten. */
function promotionsOf(random: () => number, days: number): Uint8Array {
  const isPromoted = new Uint8Array(days)
  for (let day = Math.floor(random() * 50); day < days; day += 42 + Math.floor(random() * 28)) {
    isPromoted.fill(1, day, day + PROMOTION_DAYS)
  }
  return isPromoted
}

function drawsOf(random: () => number) {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  /** Marsaglia & Tsang 2000, for shapes of 1 and more. */
  const gamma = (shape: number): number => {
    const d = shape - 1 / 3
    for (;;) {
      const x = normal()
      const v = (1 + x / Math.sqrt(9 * d)) ** 3
      if (v > 0 && Math.log(1 - random()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v
    }
  }
  const poisson = (mean: number): number => {
    let left = mean
    let count = -1
    while (left >= 0) {
      left += Math.log(1 - random())
      count += 1
    }
    return count
  }
  return { normal, negativeBinomial: (mean: number, size: number) => poisson((mean / size) * gamma(size)) }
}
