import type { Product } from './assortment.ts'
import type { Pattern } from './pattern.ts'
import { quantile, Random } from './random.ts'
import { dayOf } from './time.ts'

/** A product on promotion sells about this many times what it sells otherwise. */
const UPLIFT = 1.7

/** Which products are on promotion in a week, in all stores alike. */
export class PromotionCalendar {
  readonly #seed: number
  readonly #products: readonly Product[]
  readonly #share: number
  readonly #depths: readonly number[]

  constructor(seed: number, { promotedShare, promotionDepths }: Pattern, products: readonly Product[]) {
    this.#seed = seed
    this.#products = products
    // Promoted products sell more, so that they are a smaller part of the assortment than of the lines.
    this.#share = promotedShare / (promotedShare + (1 - promotedShare) * UPLIFT)
    this.#depths = promotionDepths
  }

  /** By the product's index: the price of a week that begins on a day. */
  week(dayMs: number): Map<number, { cents: number; promotionId: string }> {
    const random = new Random(this.#seed, 'promotions', dayMs)
    const promoted = new Map<number, { cents: number; promotionId: string }>()
    for (const { index, listPriceCents } of this.#products) {
      if (!random.chance(this.#share)) continue
      const depth = Math.round(quantile(this.#depths, random.next()) * 20) / 20
      promoted.set(index, { cents: Math.max(1, Math.round(listPriceCents * (1 - depth))), promotionId: dayOf(dayMs) })
    }
    return promoted
  }
}
