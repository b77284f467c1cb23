/** A whole number from 0 to below `limit`. */
export const below = (random: () => number, limit: number): number => Math.floor(random() * limit)

export const pick = <Value>(random: () => number, values: readonly Value[]): Value =>
  values[below(random, values.length)]!
