/**
 * How much of a product a store should have: what it sells, with a chosen probability at most, until an order that is placed
 * at the next review is there; then the shelf, its capacity and the goods' life.
 */

import type { AbcClass } from '../insights/slow-movers.ts'
import { assertFeatures, ModelUnusable } from '../registry/artefact.ts'

/** Probabilities that the demand of the interval is not above the target, in order. */
export const SERVICE_LEVELS = [0.8, 0.9, 0.95, 0.98] as const
export type ServiceLevel = (typeof SERVICE_LEVELS)[number]

/** The target where no policy sets another. */
export const serviceLevelOf: Readonly<Record<AbcClass, ServiceLevel>> = { A: 0.98, B: 0.95, C: 0.9 }

/** Days from a review until the goods of the next review's order are there; what the model is trained over. */
export const PROTECTION_DAYS = [2, 4, 7, 10, 14] as const
export const PROTECTION_DAYS_MAX = PROTECTION_DAYS.at(-1)!

/** What the lines are over, for an interval of this many days. Rates are units a day of the calendar. */
export const stockTargetFeatures = [
  'intercept',
  'rate_7',
  'rate_28',
  'rate_56',
  'spread_28',
  'root_rate_28',
  'trend_28',
] as const

export interface DemandRates {
  rate7: number
  rate28: number
  rate56: number
  /** Standard deviation of a day over four weeks. */
  deviation28: number
  /** Units a day by which a day sells more than the one before, over four weeks. */
  trend28: number
}

/** Writes a row of `stockTargetFeatures` at `at`; what is not a number counts as 0. */
export function writeStockTargetRow(rates: DemandRates, days: number, values: Float32Array, at: number): void {
  const root = Math.sqrt(days)
  const row = [
    1,
    days * rates.rate7,
    days * rates.rate28,
    days * rates.rate56,
    root * rates.deviation28,
    root * Math.sqrt(Math.max(0, rates.rate28)),
    (rates.trend28 * days * days) / 2,
  ]
  for (const [index, value] of row.entries()) values[at + index] = Number.isFinite(value) ? value : 0
}

/** What one unit of error counts in a row: errors grow as the root of what sells, and small series must count too. */
export const weightOf = ({ rate28 }: DemandRates, days: number): number =>
  1 / Math.sqrt(days * Math.max(0, Number.isFinite(rate28) ? rate28 : 0) + 1)

/** As it is in the artefact. */
export interface StockTargetModel {
  model: 'stock_targets'
  features: string[]
  /** By service level: a coefficient a feature. */
  coefficients: Record<string, number[]>
  trainedThrough: string
  /** The newest origin that it was trained on. */
  lastOrigin: string
}

/** @throws ModelUnusable when the model is over other features or levels than this code's */
export function assertStockTargets(artefact: string, { features, coefficients }: StockTargetModel): void {
  assertFeatures(artefact, features, stockTargetFeatures)
  const lacking = SERVICE_LEVELS.filter((level) => {
    const line = coefficients[String(level)]
    return line?.length !== stockTargetFeatures.length || !line.every(Number.isFinite)
  })
  if (lacking.length === 0) return
  throw new ModelUnusable(
    `model: ${artefact} has no line for service level ${lacking.join(', ')}; train the model again`,
  )
}

/** What is known of the shelf and the goods besides demand; what is not known is undefined. */
export interface StockRules {
  /** Units that must be there for the shelf to look full. */
  presentation?: number | undefined
  /** Units that the shelf holds. */
  capacity?: number | undefined
  /** Days that the goods keep. */
  shelfLifeDays?: number | undefined
}

/** What decided about the target. */
export type BindingRule = 'demand' | 'presentation' | 'shelf_life' | 'capacity'

/**
 * The presentation stock lifts the target; what would expire unsold (more than the mean demand of the goods' life) and what
 * the shelf can't hold cut it down, the capacity last. Whole units, where goods are sold by the piece.
 *
 * @param demand the quantile of the interval's demand
 * @param rate mean units a day
 */
export function applyRules(
  demand: number,
  rate: number,
  { presentation, capacity, shelfLifeDays }: StockRules,
  isByPiece: boolean,
): { target: number; rule: BindingRule } {
  let target = Math.max(0, demand)
  let rule: BindingRule = 'demand'
  if (presentation !== undefined && presentation > target) [target, rule] = [presentation, 'presentation']
  if (shelfLifeDays !== undefined && rate > 0 && rate * shelfLifeDays < target) {
    ;[target, rule] = [rate * shelfLifeDays, 'shelf_life']
  }
  const wanted = isByPiece ? Math.max(0, Math.ceil(target - 1e-9)) : target
  if (capacity !== undefined && capacity < wanted) return { target: capacity, rule: 'capacity' }
  return { target: wanted, rule }
}

/** Days that a quantity lasts at a rate; undefined where nothing sells. */
export const daysOfCover = (quantity: number, rate: number): number | undefined =>
  rate > 0 ? Math.max(0, quantity) / rate : undefined
