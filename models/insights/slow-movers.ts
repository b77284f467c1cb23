/** What a slow mover is, and what its stock ties up. */

/** Share of revenue of a product's class: A sells most. */
export type AbcClass = 'A' | 'B' | 'C'

/** The look ahead in days; the longest that the history allows is used. */
export const SLOW_MOVER_HORIZONS = [28, 14] as const
export type SlowMoverHorizon = (typeof SLOW_MOVER_HORIZONS)[number]

/**
 * The label: a product is a slow mover when it sells on fewer days of the horizon than this. An A product should sell once
 * a week, a B product once a fortnight, a C product once. Days are counted and not units, so that it holds for goods by
 * the kilogram as for goods by the piece.
 */
export function sellingDaysWanted(abcClass: AbcClass, horizonDays: SlowMoverHorizon): number {
  if (abcClass === 'A') return horizonDays / 7
  return abcClass === 'B' ? Math.max(1, horizonDays / 14) : 1
}

/** By days since the last sale. */
export const AGING_BUCKETS = ['0-30', '31-60', '61-90', 'over 90'] as const
export type AgingBucket = (typeof AGING_BUCKETS)[number]

export function agingBucket(daysSinceSale: number): AgingBucket {
  const bounds = [30, 60, 90]
  const index = bounds.findIndex((bound) => daysSinceSale <= bound)
  return AGING_BUCKETS[index < 0 ? bounds.length : index]!
}

/** As it is in the artefact beside the booster. */
export interface SlowMoverManifest {
  model: 'slow_movers'
  features: string[]
  horizonDays: SlowMoverHorizon
  calibration: { scores: number[]; probabilities: number[] }
  /** From this probability on a product is called a slow mover. */
  threshold: number
  seed: number
  trainedThrough: string
  /** The newest origin that it was trained on. */
  lastOrigin: string
}
