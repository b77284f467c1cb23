/** Cuts a store's day into stretches of one price, hour by hour. */
import { DEPTH_STEP, type PriceReason, type PriceStretch } from './price-evidence.ts'

export interface DayPrice {
  /** From this hour of the day on, a fraction where it changed within an hour; what holds at midnight is from 0 or before. */
  from: number
  price: number
  /** `regular` and `correction` are the usual price from then on. */
  reason: PriceReason | 'regular' | 'correction'
}

export interface ProductDay {
  /** By hour of the day. */
  units: ArrayLike<number>
  /** Probability that the product was there, by hour of the day. */
  available: ArrayLike<number>
  /** In order of time. */
  prices: readonly DayPrice[]
  /** The usual price at midnight; null: not known. */
  usualPrice: number | null
}

/**
 * The stretches of a product's day. An hour within which the price changed belongs to none, and neither does one whose usual
 * price is not known.
 *
 * @param visitors by hour of the day
 */
export function stretchesOf(
  { units, available, prices, usualPrice }: ProductDay,
  visitors: ArrayLike<number>,
): PriceStretch[] {
  const stretches = new Map<string, PriceStretch>()
  let usual = usualPrice
  let held: DayPrice | undefined
  let next = 0
  for (let hour = 0; hour < visitors.length; hour += 1) {
    while (next < prices.length && prices[next]!.from <= hour) {
      held = prices[next]!
      usual = isUsual(held) ? held.price : usual
      next += 1
    }
    const changesWithin = next < prices.length && prices[next]!.from < hour + 1
    if (changesWithin || usual === null || !(usual > 0)) continue
    const isLower = held !== undefined && !isUsual(held) && held.price < usual
    const depth = isLower ? Math.round((1 - held!.price / usual) / DEPTH_STEP) * DEPTH_STEP : 0
    const reason: PriceReason = held?.reason === 'promotion' ? 'promotion' : 'markdown'
    const key = `${reason} ${depth}`
    const stretch = stretches.get(key) ?? { depth, reason, units: 0, exposure: 0 }
    stretches.set(key, stretch)
    stretch.units += units[hour]!
    stretch.exposure += visitors[hour]! * available[hour]!
  }
  return [...stretches.values()]
}

const isUsual = ({ reason }: DayPrice): boolean => reason === 'regular' || reason === 'correction'
