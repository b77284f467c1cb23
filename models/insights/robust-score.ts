/** The plain way to find odd rows, which a forest is compared with: how far the farthest of a row's values lies out. */
import type { FeatureRows } from './isolation-forest.ts'

export interface RobustScale {
  medians: number[]
  /** Half the distance between the quartiles, and above zero. */
  spreads: number[]
}

const SAMPLE_ROWS_MAX = 100_000

export function fitRobustScale({ features, values }: FeatureRows): RobustScale {
  const width = features.length
  const step = Math.ceil(values.length / width / SAMPLE_ROWS_MAX)
  const quartiles = features.map((_, column) => {
    const known: number[] = []
    for (let at = column; at < values.length; at += width * step)
      if (Number.isFinite(values[at]!)) known.push(values[at]!)
    known.sort((one, other) => one - other)
    return [0.25, 0.5, 0.75].map((level) => known[Math.floor(level * known.length)] ?? 0) as [number, number, number]
  })
  return {
    medians: quartiles.map(([, median]) => median),
    // Of a feature that is mostly one value the quartiles are that value: then a unit is a unit.
    spreads: quartiles.map(([low, , high]) => (high > low ? (high - low) / 2 : 1)),
  }
}

/** The value of a row that lies farthest from its median, in spreads; a value that is missing lies at its median. */
export function farthestOf(
  { medians, spreads }: RobustScale,
  values: ArrayLike<number>,
  at: number,
): { feature: number; distance: number } {
  const farthest = { feature: 0, distance: 0 }
  for (let column = 0; column < medians.length; column += 1) {
    const distance = Math.abs(values[at + column]! - medians[column]!) / spreads[column]!
    if (!(distance > farthest.distance && distance < Number.POSITIVE_INFINITY)) continue
    farthest.feature = column
    farthest.distance = distance
  }
  return farthest
}

/** By row, the greatest distance. */
export function robustScores(scale: RobustScale, values: Float32Array): Float64Array {
  const width = scale.medians.length
  return Float64Array.from(
    { length: values.length / width },
    (_, row) => farthestOf(scale, values, row * width).distance,
  )
}
