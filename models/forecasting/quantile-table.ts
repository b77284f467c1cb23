/**
 * Quantiles and standard deviation of a coming value, from the actual values where as much was forecast: split conformal
 * prediction (Vovk, Gammerman & Shafer 2005, "Algorithmic Learning in a Random World") within bins of the forecast and,
 * inside each, of how much its series varies; then, as bins are not classes, within each class of series (their "Mondrian" form).
 */
import { SEGMENTS } from './candidates.ts'
import { QUANTILES } from './plan.ts'

/** Actual values in relation to the forecast, by quantile, in bins of equally many rows. */
export interface QuantileTable {
  /** Between the bins of the forecast, in units; one fewer than `bins`. */
  means: number[]
  bins: {
    /** Between the bins of the variation; one fewer than `ratios`. */
    variations: number[]
    /** For each bin of the variation a value for each of `QUANTILES`, in order: actual / (forecast + 0.1). */
    ratios: number[][]
    /** For each bin of the variation the standard deviation of these quotients; absent in older artefacts. */
    deviations?: number[]
    /** For each bin of the variation the upper end of the 80 % interval, as `ratios`; absent in older artefacts. */
    highs?: number[]
  }[]
  /**
   * For each class of series what its quantiles are multiplied by, one for each of `QUANTILES`, and last what the upper end is; null
   * where the class had too few rows. Absent in older artefacts.
   */
  factors?: (number[] | null)[]
}

const MEAN_BINS_MAX = 20
const VARIATION_BINS_MAX = 5
/** A 5 % quantile of fewer rows shows more about them than about the days to come. */
const BIN_ROWS_MIN = 100
/** A class of fewer rows has no factors of its own. */
const CLASS_ROWS_MIN = 1_000
/** Beyond these a factor shows something else than bins that are no classes. */
const FACTOR_RANGE = [0.5, 2] as const
/** The 80 % interval begins at this quantile. Where less lies below it, because nothing sells less than nothing, it ends earlier. */
const LOW = QUANTILES.indexOf(0.1)
const INTERVAL = 0.8

/** In units: keeps ratios finite where next to nothing is forecast. */
const OFFSET = 0.1

/** @param difference what the series' days usually lie apart, in units */
const variationOf = (mean: number, difference: number): number => difference / (mean + OFFSET)

/** Columns of rows. */
export interface QuantileRows {
  /** What sold, in units. */
  actual: ArrayLike<number>
  /** The part of the day's demand that could be met, above zero. */
  inStockShare: ArrayLike<number>
  /** What was forecast by a model that knew nothing of it, in units. */
  mean: ArrayLike<number>
  /** What the days of the row's series usually lie apart, in units. */
  difference: ArrayLike<number>
  /** Index into `SEGMENTS`. */
  segment: ArrayLike<number>
}

/**
 * What sold in a part of the day counts as a rate, and as much as that part. Days that were in stock to the end are no fair
 * draw: it is on days of little demand that nothing runs out.
 */
export function fitQuantileTable(columns: QuantileRows): QuantileTable {
  const table = fitBins(columns)
  return { ...table, factors: SEGMENTS.map((_, segment) => fitFactors(table, columns, segment)) }
}

function fitBins({ actual, inStockShare, mean, difference }: QuantileRows): QuantileTable {
  const rows = Array.from({ length: mean.length }, (_, row) => row)
  const variation = (row: number) => variationOf(mean[row]!, difference[row]!)
  const byMean = split(rows, (row) => mean[row]!, MEAN_BINS_MAX, BIN_ROWS_MIN * VARIATION_BINS_MAX)
  const bins = byMean.parts.map((part) => {
    const byVariation = split(part, variation, VARIATION_BINS_MAX, BIN_ROWS_MIN)
    const quotients = byVariation.parts.map((own) =>
      own.map((row): Quotient => {
        const [weight, forecast] = [inStockShare[row]!, mean[row]! + OFFSET]
        return { ratio: actual[row]! / weight / forecast, forecast: mean[row]! / forecast, weight }
      }),
    )
    return {
      variations: byVariation.bounds,
      ratios: quotients.map((own) => quantilesOf(own)),
      deviations: quotients.map(deviationOf),
      highs: quotients.map(highOf),
    }
  })
  return { means: byMean.bounds, bins }
}

/** Writes a row's quantiles: in order and not below zero, as no actual value is. @param segment index into `SEGMENTS` */
export function readQuantiles(
  table: QuantileTable,
  { mean, difference, segment }: TableRow,
  quantiles: Float32Array,
): void {
  const own = cellOf(table, mean, difference).ratios
  const factors = table.factors?.[segment]
  let before = 0
  for (let index = 0; index < own.length; index += 1) {
    before = Math.max(before, own[index]! * (factors?.[index] ?? 1) * (mean + OFFSET))
    quantiles[index] = before
  }
}

/** The upper end of the 80 % interval, whose lower end is the 10 % quantile; of older artefacts the 90 % quantile. */
export function readHigh(table: QuantileTable, { mean, difference, segment }: TableRow): number {
  const { ratios, high = ratios[QUANTILES.indexOf(0.9)]! } = cellOf(table, mean, difference)
  const factors = table.factors?.[segment]
  const low = ratios[LOW]! * (factors?.[LOW] ?? 1)
  return Math.max(low, high * (factors?.at(-1) ?? 1)) * (mean + OFFSET)
}

/** What a row's quantiles are read by. */
export interface TableRow {
  mean: number
  difference: number
  /** Index into `SEGMENTS`. */
  segment: number
}

/**
 * The standard deviation of what sells around a forecast, in units. Of goods that seldom sell the quantiles do not show it: 80 %
 * of their days may lie at zero, and all of the variance in the others.
 */
export function readDeviation(table: QuantileTable, mean: number, difference: number): number {
  const { ratios, deviation = normalDeviation(ratios) } = cellOf(table, mean, difference)
  return deviation * (mean + OFFSET)
}

function cellOf(table: QuantileTable, mean: number, difference: number) {
  const { variations, ratios, deviations, highs } = table.bins[binOf(table.means, mean)]!
  const bin = binOf(variations, variationOf(mean, difference))
  return { ratios: ratios[bin]!, deviation: deviations?.[bin], high: highs?.[bin] }
}

/** From the 10th to the 90th percentile a normal distribution has 2.5631 standard deviations. */
const normalDeviation = (quantiles: readonly number[]): number =>
  (quantiles[QUANTILES.indexOf(0.9)]! - quantiles[QUANTILES.indexOf(0.1)]!) / 2.5631

/** Bins of equally many rows, each of `rowsMin` or more unless it is the only one; equal values share a bin. */
function split(rows: readonly number[], measureOf: (row: number) => number, binsMax: number, rowsMin: number) {
  const count = Math.max(1, Math.min(binsMax, Math.floor(rows.length / rowsMin)))
  const values = Float64Array.from(rows, measureOf).sort()
  const cuts = Array.from({ length: count - 1 }, (_, bin) => values[Math.floor(((bin + 1) * values.length) / count)]!)
  const bounds = [...new Set(cuts)].filter((bound) => bound > values[0]!)
  const parts: number[][] = Array.from({ length: bounds.length + 1 }, () => [])
  for (const row of rows) parts[binOf(bounds, measureOf(row))]!.push(row)
  return { bounds, parts }
}

/** How many bounds a value has reached. */
function binOf(bounds: readonly number[], value: number): number {
  let bin = 0
  while (bin < bounds.length && bounds[bin]! <= value) bin += 1
  return bin
}

/** What sold and what was forecast, over the forecast and `OFFSET`. */
interface Quotient {
  ratio: number
  forecast: number
  weight: number
}

/** What sells in a part of a day, as a rate, varies as much more as the part is smaller: its square counts by the part. */
function deviationOf(quotients: readonly Quotient[]): number {
  const squares = quotients.reduce((sum, { ratio, forecast, weight }) => sum + weight * (ratio - forecast) ** 2, 0)
  return quotients.length === 0 ? 0 : Math.sqrt(squares / quotients.length)
}

/** Below the end lie the rows of the interval and those below its beginning, which are fewer than a tenth where many sell nothing. */
function highOf(quotients: readonly Quotient[]): number {
  if (quotients.length === 0) return 1
  const [low] = quantilesOf(quotients, [QUANTILES[LOW]!]) as [number]
  const weight = quotients.reduce((sum, own) => sum + own.weight, 0)
  const below = quotients.reduce((sum, own) => sum + (own.ratio < low ? own.weight : 0), 0)
  return quantilesOf(quotients, [INTERVAL + below / weight])[0]!
}

/**
 * What a class's quantiles have to be multiplied by so that as many of its rows lie at or below each as there should: nothing is
 * changed of quantiles that are zero.
 */
function fitFactors(table: QuantileTable, rows: QuantileRows, segment: number): number[] | null {
  const own: number[] = []
  for (let row = 0; row < rows.mean.length; row += 1) if (rows.segment[row] === segment) own.push(row)
  if (own.length < CLASS_ROWS_MIN) return null
  const quantiles = new Float32Array(own.length * QUANTILES.length)
  const highs = new Float32Array(own.length)
  for (const [at, row] of own.entries()) {
    const of = { mean: rows.mean[row]!, difference: rows.difference[row]!, segment }
    readQuantiles(table, of, quantiles.subarray(at * QUANTILES.length, (at + 1) * QUANTILES.length))
    highs[at] = readHigh(table, of)
  }
  const weighted = own.map((row) => ({
    rate: rows.actual[row]! / rows.inStockShare[row]!,
    weight: rows.inStockShare[row]!,
  }))
  const weight = weighted.reduce((sum, each) => sum + each.weight, 0)
  const factors = QUANTILES.map((level, index) =>
    factorFor(weighted, (at) => quantiles[at * QUANTILES.length + index]!, level * weight),
  )
  const below = weighted.reduce(
    (sum, each, at) => sum + (each.rate < quantiles[at * QUANTILES.length + LOW]! * factors[LOW]! ? each.weight : 0),
    0,
  )
  return [...factors, factorFor(weighted, (at) => highs[at]!, INTERVAL * weight + below)]
}

/** @param wanted the weight of the rows that shall lie at or below */
function factorFor(
  rows: readonly { rate: number; weight: number }[],
  quantileOf: (at: number) => number,
  wanted: number,
): number {
  const ratios: { ratio: number; weight: number }[] = []
  let reached = 0
  for (const [at, { rate, weight }] of rows.entries()) {
    const quantile = quantileOf(at)
    if (quantile > 0) ratios.push({ ratio: rate / quantile, weight })
    else if (rate === 0) reached += weight
  }
  ratios.sort((one, other) => one.ratio - other.ratio)
  for (const { ratio, weight } of ratios) {
    reached += weight
    if (reached >= wanted) return Math.min(Math.max(ratio, FACTOR_RANGE[0]), FACTOR_RANGE[1])
  }
  return 1
}

/** With the finite-sample correction: the weight of one row more than there is, outwards. */
function quantilesOf(ratios: readonly Quotient[], levels: readonly number[] = QUANTILES): number[] {
  if (ratios.length === 0) return levels.map(() => 1)
  const sorted = ratios.toSorted((one, two) => one.ratio - two.ratio)
  let sum = 0
  const through = sorted.map(({ weight }) => {
    sum += weight
    return sum
  })
  return levels.map((level) => {
    const wanted = level * (sum + 1)
    const first = through.findIndex((own) => own >= wanted)
    const above = first < 0 ? sorted.length - 1 : first
    const isBeyond = level < 0.5 && through[above]! > wanted
    return sorted[Math.max(0, isBeyond ? above - 1 : above)]!.ratio
  })
}
