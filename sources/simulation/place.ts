import type { Product } from './assortment.ts'
import { Pile } from './lots.ts'

/** What happened at one shelf on one day. */
export interface PlaceCounts {
  /** Units that customers came for. */
  demanded: number
  sold: number
  /** Units that customers came for and did not find. */
  lost: number
  lostCents: number
  stolen: number
  misplaced: number
  wasted: number
  /** Opening hours at which the shelf was empty and the sensors' sum was not. */
  phantomHours: number
  /** Opening hours at which its sensor was silent. */
  silentHours: number
  /** Lines that a till rang up at another price than the one that held. */
  mispricedLines: number
  /** At some opening hour nothing had been sold for four hours: the rule that detectors are compared with. */
  isQuiet: boolean
}

const nothingYet = (): PlaceCounts => ({
  demanded: 0,
  sold: 0,
  lost: 0,
  lostCents: 0,
  stolen: 0,
  misplaced: 0,
  wasted: 0,
  phantomHours: 0,
  silentHours: 0,
  mispricedLines: 0,
  isQuiet: false,
})

/** The home shelf of a product in a store: what really is on it, what it costs, and the sensors' sum. */
export class Place {
  readonly product: Product
  readonly storeId: string
  readonly shelfId: string
  readonly capacity: number
  /** Units a day that are expected to be sold. */
  readonly expectedPerDay: number
  readonly shelf = new Pile()
  /** On the way from the warehouse. */
  readonly transit = new Pile()
  /** The price that holds, and the one that the till charges: they differ while a label lags. */
  priceCents: number
  tillCents: number
  /** Units by what staff, sensors and tills reported: what anyone who can't see the shelf believes. */
  book = 0
  lastSaleMs = 0
  /** What customers left here that belongs elsewhere: the scale feels it, until staff are at the shelf. */
  strayGrams = 0
  today: PlaceCounts = nothingYet()

  constructor(product: Product, storeId: string, expectedPerDay: number) {
    this.product = product
    this.storeId = storeId
    this.shelfId = `${storeId}-s${String(product.index + 1).padStart(3, '0')}`
    this.expectedPerDay = expectedPerDay
    this.capacity = capacityFor(product, expectedPerDay)
    this.priceCents = product.listPriceCents
    this.tillCents = product.listPriceCents
  }

  /** What is bought at the price of the till over what is bought at the list price: a constant elasticity (SCAN*PRO). */
  get uplift(): number {
    return Math.max(1, this.product.listPriceCents / this.tillCents) ** this.product.elasticity
  }

  get weightGrams(): number {
    return this.shelf.units * this.product.unitWeightGrams + this.strayGrams
  }

  /** The counts of the day that ends; new ones begin. */
  closeDay(): PlaceCounts {
    const closed = this.today
    this.today = nothingYet()
    return closed
  }
}

const MINIMUM_CAPACITY_UNITS = 6

/** A day's sales of perishables, a day and a half of what lasts, in whole cases. */
function capacityFor({ isPerishable, caseUnits }: Product, expectedPerDay: number): number {
  const units = expectedPerDay * (isPerishable ? 1 : 1.5)
  return Math.max(MINIMUM_CAPACITY_UNITS, Math.ceil(units / caseUnits) * caseUnits)
}
