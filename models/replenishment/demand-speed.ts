/**
 * How fast a product sells in a store. Errors of forecasts go together less among goods that sell now and then, whose days differ by
 * chance, than among those that sell all the time: orders learn it for each speed of its own.
 */
export const DEMAND_SPEEDS = ['slow', 'medium', 'fast'] as const
export type DemandSpeed = (typeof DEMAND_SPEEDS)[number]

/** Units a day from which on the next speed begins. */
export const SPEED_BOUNDS = [0.5, 5] as const

export const speedOf = (unitsPerDay: number): DemandSpeed =>
  DEMAND_SPEEDS[SPEED_BOUNDS.filter((bound) => unitsPerDay >= bound).length]!

/** How errors of forecasts go together, as correlations from 0 to 1; null: not learned. */
export interface Dependence {
  /** Between two days of a series. */
  days: number | null
  /** Between two stores on a day. */
  stores: number | null
}
