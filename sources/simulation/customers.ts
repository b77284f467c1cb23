import type { Product } from './assortment.ts'
import type { Goods } from './lots.ts'
import type { Pattern } from './pattern.ts'
import { type Random, Weighted } from './random.ts'
import { HOUR_MS, hourOfWeek, SECOND_MS } from './time.ts'

/** Doors are open from the one hour to the other; the last customers leave within the hour after. */
export const OPENS_AT_HOUR = 7
export const CLOSES_AT_HOUR = 22
export const TILLS = 3

export interface Want {
  atMs: number
  product: number
  units: number
  /** Null for what the customer came for; else how easily they are tempted to take it as a bargain, from 0 to 1. */
  temptation: number | null
  /** When it is put back, if the customer thinks better of it. */
  putBackAtMs: number | null
}

export type PaymentMethod = 'card' | 'cash' | 'mobile'

/** One customer in one store, as planned before the door opens: what there will be on the shelves isn't known yet. */
export interface Visit {
  customerId: string
  enterMs: number
  wants: Want[]
  payMs: number
  leaveMs: number
  till: number
  paymentMethod: PaymentMethod
}

/** What a customer has in hand of a product, and how much of it a sensor saw. */
export interface InHand {
  goods: Goods[]
  seen: number
}

const PUT_BACK_SHARE = 0.04

/** Draws the customers of stores from a pattern. */
export class Customers {
  readonly #products: Weighted
  readonly #sizes: Weighted
  readonly #units: Weighted
  readonly #visitShares: number[]
  /** Units that an average visit comes for, and those of one thing among them. */
  readonly unitsPerVisit: number
  readonly unitsPerWant: number
  readonly #linesMax: number

  constructor(pattern: Pattern, products: readonly Product[]) {
    this.#products = new Weighted(products.map(({ popularity }) => popularity))
    this.#sizes = new Weighted(pattern.sizes)
    this.#units = new Weighted(pattern.units)
    this.#linesMax = Math.max(1, Math.floor(products.length / 3))
    const open = pattern.visits.map((visits, slot) => (isOpenHour(slot % 24) ? visits : 0))
    const total = open.reduce((sum, visits) => sum + visits, 0)
    this.#visitShares = open.map((visits) => visits / total)
    this.unitsPerWant = mean(pattern.units)
    this.unitsPerVisit = mean(pattern.sizes.slice(0, this.#linesMax)) * this.unitsPerWant
  }

  /** The share of a week's visits that fall into the hour of an instant. */
  shareOfWeek(ms: number): number {
    return this.#visitShares[hourOfWeek(ms)]!
  }

  /**
   * Units that a customer takes of what they look at: on average as many as make all of them together buy `uplift` times what
   * they came for, because they look at one thing for each that they came for.
   *
   * @param uplift what is bought at the price over what is bought at the list price, 1 or more
   */
  unitsTaken(uplift: number, temptation: number): number {
    return Math.floor((uplift - 1) * this.unitsPerWant + temptation)
  }

  /**
   * The visits of a store on a day, in no order.
   *
   * @param random the store's own stream of the day
   * @param prefix begins the customers' ids
   */
  plan(random: Random, prefix: string, dayMs: number, visitsPerWeek: number): Visit[] {
    const visits: Visit[] = []
    for (let hour = OPENS_AT_HOUR; hour < CLOSES_AT_HOUR; hour += 1) {
      const from = dayMs + hour * HOUR_MS
      const count = random.poisson(visitsPerWeek * this.shareOfWeek(from))
      for (let number = 0; number < count; number += 1) {
        visits.push(this.#visit(random, `${prefix}-c${visits.length + 1}`, from + random.integer(0, 3599) * SECOND_MS))
      }
    }
    return visits
  }

  #visit(random: Random, customerId: string, enterMs: number): Visit {
    const lines = Math.min(this.#sizes.draw(random) + 1, this.#linesMax)
    const wants: Want[] = []
    const seen = new Set<number>()
    let atMs = enterMs
    for (let line = 0; line < lines; line += 1) {
      for (const isLook of [false, true]) {
        atMs += random.integer(15, 45) * SECOND_MS
        const want = this.#want(random, atMs, isLook)
        if (!seen.has(want.product)) wants.push(want)
        seen.add(want.product)
      }
    }
    const payMs = atMs + random.integer(100, 300) * SECOND_MS
    const leaveMs = payMs + random.integer(20, 90) * SECOND_MS
    const till = random.integer(0, TILLS - 1)
    return { customerId, enterMs, wants, payMs, leaveMs, till, paymentMethod: paymentMethod(random) }
  }

  #want(random: Random, atMs: number, isLook: boolean): Want {
    const product = this.#products.draw(random)
    const units = isLook ? 1 : this.#units.draw(random) + 1
    const temptation = isLook ? random.next() : null
    const thinksBetter = random.chance(PUT_BACK_SHARE)
    const putBackAtMs = thinksBetter ? atMs + random.integer(10, 90) * SECOND_MS : null
    return { atMs, product, units, temptation, putBackAtMs }
  }
}

const isOpenHour = (hour: number): boolean => hour >= OPENS_AT_HOUR && hour < CLOSES_AT_HOUR

function paymentMethod(random: Random): PaymentMethod {
  const share = random.next()
  return share < 0.7 ? 'card' : share < 0.9 ? 'cash' : 'mobile'
}

/** The mean of 1, 2, 3 … under these weights. */
function mean(weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.reduce((sum, weight, place) => sum + weight * (place + 1), 0) / total
}
