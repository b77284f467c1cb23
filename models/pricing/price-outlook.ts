/** What a price is expected to bring: units, takings and margin of a day, with what is not sure about the elasticity. */
import { ELASTICITY_MAX } from './price-response.ts'

export interface PriceQuestion {
  /** Units a day at the usual price. */
  unitsPerDay: number
  usualPrice: number
  unitCost: number
  elasticity: number
  /** Standard error; 0: taken as known. */
  error: number
  /** What a promotion sells over the same price without one; 1 where none is meant. */
  promotionFactor: number
}

export interface PriceOutlook {
  price: number
  /** A day. */
  units: number
  /** 80 % between: of the elasticity, not of the days. */
  unitsLow: number
  unitsHigh: number
  revenue: number
  margin: number
}

/** Standard errors on either side of 80 %. */
const EIGHTY_PERCENT = 1.2816

export function outlookAt(price: number, question: PriceQuestion): PriceOutlook {
  const { unitsPerDay, usualPrice, unitCost, elasticity, error, promotionFactor } = question
  const isPromoted = price < usualPrice
  const unitsWith = (own: number) =>
    unitsPerDay *
    (price / usualPrice) ** -Math.min(ELASTICITY_MAX, Math.max(0, own)) *
    (isPromoted ? promotionFactor : 1)
  const units = unitsWith(elasticity)
  const [one, other] = [unitsWith(elasticity - EIGHTY_PERCENT * error), unitsWith(elasticity + EIGHTY_PERCENT * error)]
  return {
    price,
    units,
    unitsLow: Math.min(one, other),
    unitsHigh: Math.max(one, other),
    revenue: units * price,
    margin: units * (price - unitCost),
  }
}

/** The price with the greatest margin between two bounds: in the middle e / (e − 1) times the cost, where demand is elastic. */
export function bestPrice(question: PriceQuestion, least: number, most: number): number {
  const { elasticity, unitCost } = question
  // Inelastic demand pays any price that the model knows: the highest.
  if (elasticity <= 1) return most
  return Math.min(most, Math.max(least, (unitCost * elasticity) / (elasticity - 1)))
}
