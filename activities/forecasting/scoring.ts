/** Errors of every candidate over rows whose outcome is known, by class of the series; and the weights by which they are combined. */
import {
  CANDIDATES,
  type Candidate,
  type CandidateInputs,
  candidateForecast,
  flatForecasts,
  SEGMENTS,
  type Segment,
  type Weights,
  weigh,
} from '../../models/forecasting/candidates.ts'
import { addErrors, type ErrorProducts, noProducts } from '../../models/forecasting/combination.ts'
import type { Base } from '../../models/forecasting/model.ts'
import { QUANTILES } from '../../models/forecasting/plan.ts'
import {
  fitQuantileTable,
  type QuantileTable,
  readDeviation,
  readHigh,
  readQuantiles,
  type TableRow,
} from '../../models/forecasting/quantile-table.ts'
import { bias, coverage, pinball, wape } from '../../models/registry/metrics.ts'
import { RECENT_DAYS } from '../assets/features/columns.ts'
import { type ForecastRows, joined } from './dataset.ts'

/** Forecasts of rows. */
export interface RowForecasts {
  mean: Float32Array
  /** The standard deviation of what sells around the mean, in units. */
  deviation: Float32Array
  /** Row after row, a value for each quantile, in order and not below zero. */
  quantiles: Float32Array
  /** The upper end of the interval that 80 % of the actual values lie in; the lower one is the 10 % quantile. */
  highs: Float32Array
}

export interface Metric {
  candidate: Candidate | 'chosen'
  segment: Segment | 'all'
  metric: 'wape' | 'bias' | 'mase' | 'rmse' | 'pinball' | 'coverage_80'
  value: number
  rows: number
}

/** Every candidate's forecast of every row. */
export type CandidateForecasts = Record<Candidate, Float32Array>

/** What a booster's output is relative to, in units. */
export const baseOf = ({ level, season }: Pick<ForecastRows, 'level' | 'season'>, base: Base): Float32Array =>
  base === 'level' ? level : level.map((value, row) => value * season[row]!)

/** @param boosted the forecasts of the boosters, in units, in the order of `MEMBERS` */
export function forecastByCandidate(rows: ForecastRows, boosted: readonly Float32Array[]): CandidateForecasts {
  const forecasts = Object.fromEntries(
    CANDIDATES.map((candidate) => [candidate, new Float32Array(rows.rows)]),
  ) as CandidateForecasts
  forEachRow(rows, boosted, (row, inputs) => {
    for (const candidate of CANDIDATES) {
      forecasts[candidate][row] = rows.isClosed[row] ? 0 : candidateForecast(candidate, inputs)
    }
  })
  return forecasts
}

/**
 * The candidates' forecasts of every row, combined by the weights of its class.
 *
 * @param boosted as of `forecastByCandidate`
 */
export function forecastByWeights(
  rows: ForecastRows,
  boosted: readonly Float32Array[],
  weights: Readonly<Record<Segment, Weights>>,
): Float32Array {
  const forecasts = new Float32Array(rows.rows)
  const ofSegment = SEGMENTS.map((segment) => Object.entries(weights[segment]) as [Candidate, number][])
  forEachRow(rows, boosted, (row, inputs) => {
    if (rows.isClosed[row]) return
    let sum = 0
    for (const [candidate, weight] of ofSegment[rows.segment[row]!]!)
      sum += weight * candidateForecast(candidate, inputs)
    forecasts[row] = sum
  })
  return forecasts
}

/** Flat forecasts are made once for each series: its rows follow each other. */
export function forEachRow(
  rows: ForecastRows,
  [level, season]: readonly Float32Array[],
  take: (row: number, inputs: CandidateInputs) => void,
): void {
  let series = -1
  let flat = flatForecasts([0])
  for (let row = 0; row < rows.rows; row += 1) {
    if (rows.series[row] !== series) {
      series = rows.series[row]!
      flat = flatForecasts(rows.recent.subarray(series * RECENT_DAYS, (series + 1) * RECENT_DAYS))
    }
    take(row, {
      ...flat,
      xgboost: level![row]!,
      xgboost_season: season![row]!,
      seasonal_naive: rows.seasonalNaive[row]!,
      seasonal_naive_year: rows.seasonalNaiveYear[row]!,
      weekday_mean: rows.weekdayMean[row]!,
      season: rows.season[row]!,
    })
  }
}

/** Levels beyond this many times the 99th percentile of all count as if they were that. */
const USUAL_SHARE = 0.99
const USUAL_TIMES = 3

/**
 * Levels as they count in errors. What is sold in far more units than all else (fuel in thousandths of a gallon among goods in
 * pieces) would otherwise decide about every series (decision 0090).
 */
export function countedLevels(level: Float32Array): Float32Array {
  const usual = level.slice().sort()[Math.floor(USUAL_SHARE * (level.length - 1))]!
  return level.map((value) => Math.min(value, USUAL_TIMES * usual))
}

/** Rows of a fold, and every candidate's forecast of them, made without the fold. */
export interface JudgedFold {
  rows: ForecastRows
  forecasts: CandidateForecasts
}

/** The weights of least squared error for each class over all folds; a class without rows takes those of all. */
export function weighBySegment(folds: readonly JudgedFold[]): Record<Segment, Weights> {
  const all = noProducts(CANDIDATES.length)
  const bySegment = SEGMENTS.map(() => noProducts(CANDIDATES.length))
  const errors = new Float64Array(CANDIDATES.length)
  for (const { rows, forecasts } of folds) {
    const counted = countedLevels(rows.level)
    for (let row = 0; row < rows.rows; row += 1) {
      for (const [index, candidate] of CANDIDATES.entries()) {
        errors[index] = (errorOf(rows, row, forecasts[candidate]) * counted[row]!) / rows.level[row]!
      }
      // Sales vary about as their level does: what a row shows is worth its inverse.
      const weight = 1 / counted[row]!
      addErrors(bySegment[rows.segment[row]!]!, errors, weight)
      addErrors(all, errors, weight)
    }
  }
  const weights = (own: ErrorProducts) => weigh(own.rows === 0 ? all : own)
  return Object.fromEntries(SEGMENTS.map((segment, index) => [segment, weights(bySegment[index]!)])) as Record<
    Segment,
    Weights
  >
}

/** What forecasts while there is no model, or none for that many days ahead: the mean of the weekday, and nothing else. */
export function baselineForecasts(rows: ForecastRows): RowForecasts {
  const mean = new Float32Array(rows.rows)
  for (let row = 0; row < rows.rows; row += 1) {
    const [weekday, flat] = [rows.weekdayMean[row]!, rows.mean28[row]!]
    if (!rows.isClosed[row]) mean[row] = Number.isFinite(weekday) ? weekday : Number.isFinite(flat) ? flat : 0
  }
  const none = new Float32Array(0)
  return { mean, deviation: none, quantiles: none, highs: none }
}

/** What was forecast for the part of the day that was in stock, less what sold in it. */
type Judged = Pick<ForecastRows, 'actual' | 'inStockShare' | 'seasonalDifference'>

const errorOf = (rows: Judged, row: number, forecast: Float32Array): number =>
  forecast[row]! * rows.inStockShare[row]! - rows.actual[row]!

/** A day on which a part of the demand met an empty shelf does not show how much the whole of it was. */
const isUncensored = (rows: Judged, row: number): boolean => rows.inStockShare[row]! > 0.999

/** A day with less of it in stock shows what sold in an hour, but not how much days differ. */
const RATE_SHARE_MIN = 0.75

/** Rows whose outcome is known, and a forecast of them that was made without it. */
export interface HeldOut {
  rows: ForecastRows
  /** In units. */
  mean: Float32Array
}

/** Quantiles around forecasts, from what was held out. */
export function fitRowQuantiles(held: readonly HeldOut[]): QuantileTable {
  const judged = held.map(({ rows, mean }) => {
    const own: number[] = []
    for (let row = 0; row < rows.rows; row += 1)
      if (!rows.isClosed[row] && rows.inStockShare[row]! >= RATE_SHARE_MIN) own.push(row)
    return { rows, mean, own }
  })
  const column = (of: (held: HeldOut) => Float32Array) =>
    joined(judged.map(({ own, ...each }) => Float32Array.from(own, (row) => of(each)[row]!)))
  return fitQuantileTable({
    actual: column(({ rows }) => rows.actual),
    inStockShare: column(({ rows }) => rows.inStockShare),
    mean: column(({ mean }) => mean),
    difference: column(({ rows }) => rows.seasonalDifference),
    segment: column(({ rows }) => rows.segment),
  })
}

const tableRow = (rows: ForecastRows, mean: Float32Array, row: number): TableRow => ({
  mean: mean[row]!,
  difference: rows.seasonalDifference[row]!,
  segment: rows.segment[row]!,
})

/**
 * Quantiles in units, row after row; a closed day has none but zero.
 *
 * @param mean in units
 */
export function quantilesOfRows(rows: ForecastRows, mean: Float32Array, table: QuantileTable): Float32Array {
  const count = QUANTILES.length
  const quantiles = new Float32Array(rows.rows * count)
  for (let row = 0; row < rows.rows; row += 1) {
    if (rows.isClosed[row]) continue
    readQuantiles(table, tableRow(rows, mean, row), quantiles.subarray(row * count, (row + 1) * count))
  }
  return quantiles
}

/** The upper ends of the 80 % interval, in units; of a closed day zero. */
export function highsOfRows(rows: ForecastRows, mean: Float32Array, table: QuantileTable): Float32Array {
  return mean.map((_, row) => (rows.isClosed[row] ? 0 : readHigh(table, tableRow(rows, mean, row))))
}

/** The standard deviation of what sells around each row's forecast, in units; of a closed day zero. */
export function deviationsOfRows(rows: ForecastRows, mean: Float32Array, table: QuantileTable): Float32Array {
  return mean.map((value, row) => (rows.isClosed[row] ? 0 : readDeviation(table, value, rows.seasonalDifference[row]!)))
}

/** How every candidate did, over all series and by class. */
export function measureCandidates(
  rows: ForecastRows,
  forecasts: CandidateForecasts,
  { mean: chosen, ...spread }: Pick<RowForecasts, 'mean' | 'quantiles' | 'highs'>,
): Metric[] {
  const parts: [Segment | 'all', number[]][] = [
    ['all', Array.from({ length: rows.rows }, (_, row) => row)],
    ...SEGMENTS.map((segment, index): [Segment, number[]] => [segment, rowsOfSegment(rows, index)]),
  ]
  return parts.flatMap(([segment, own]) => [
    ...CANDIDATES.flatMap((candidate) => measure(rows, own, forecasts[candidate], candidate, segment)),
    ...measure(rows, own, chosen, 'chosen', segment),
    ...measureQuantiles(rows, own, spread, segment),
  ])
}

function measure(
  rows: ForecastRows,
  own: readonly number[],
  forecast: Float32Array,
  candidate: Metric['candidate'],
  segment: Metric['segment'],
): Metric[] {
  const values = Object.entries(pointErrors(rows, own, forecast)) as [keyof PointErrors, number | undefined][]
  return values.flatMap(([metric, value]) =>
    value === undefined ? [] : [{ candidate, segment, metric, value, rows: own.length }],
  )
}

export interface PointErrors {
  wape: number | undefined
  bias: number | undefined
  mase: number | undefined
  rmse: number | undefined
}

/**
 * Errors of a forecast of the mean over some rows. Where a part of a day was out of stock, what sold is compared with the
 * same part of the forecast.
 */
export function pointErrors(rows: Judged, own: readonly number[], forecast: Float32Array): PointErrors {
  const actual = pick(rows.actual, own)
  const said = Float64Array.from(own, (row) => forecast[row]! * rows.inStockShare[row]!)
  let squared = 0
  let scaled = 0
  let scaledRows = 0
  for (const row of own) {
    const error = Math.abs(errorOf(rows, row, forecast))
    squared += error * error
    if (!(rows.seasonalDifference[row]! > 0)) continue
    scaled += error / rows.seasonalDifference[row]!
    scaledRows += 1
  }
  return {
    wape: wape(actual, said),
    bias: bias(actual, said),
    mase: scaledRows === 0 ? undefined : scaled / scaledRows,
    rmse: own.length === 0 ? undefined : Math.sqrt(squared / own.length),
  }
}

function measureQuantiles(
  rows: ForecastRows,
  all: readonly number[],
  spread: Pick<RowForecasts, 'quantiles' | 'highs'>,
  segment: Metric['segment'],
): Metric[] {
  const { uncensored_rows: measured, ...errors } = quantileErrors(rows, all, spread)
  const head = { candidate: 'chosen', segment, rows: measured } as const
  const values = Object.entries(errors) as ['pinball' | 'coverage_80', number | undefined][]
  return values.flatMap(([metric, value]) => (value === undefined ? [] : [{ ...head, metric, value }]))
}

export interface QuantileErrors {
  /** Mean over the quantiles, in units. */
  pinball: number | undefined
  /** Share of actual values that lie within the 80 % interval, its ends included. */
  coverage_80: number | undefined
  /** Days on which all of the demand could be met: the others don't show how much it was, and are not measured here. */
  uncensored_rows: number
}

export function quantileErrors(
  rows: Judged,
  all: readonly number[],
  { quantiles, highs }: Pick<RowForecasts, 'quantiles' | 'highs'>,
): QuantileErrors {
  const own = all.filter((row) => isUncensored(rows, row))
  if (own.length === 0) return { pinball: undefined, coverage_80: undefined, uncensored_rows: 0 }
  const count = QUANTILES.length
  const column = (index: number) => Float64Array.from(own, (row) => quantiles[row * count + index]!)
  const actual = pick(rows.actual, own)
  const losses = QUANTILES.map((level, index) => pinball(actual, column(index), level)!)
  return {
    pinball: losses.reduce((sum, loss) => sum + loss, 0) / count,
    coverage_80: coverage(actual, column(QUANTILES.indexOf(0.1)), pick(highs, own)),
    uncensored_rows: own.length,
  }
}

const pick = (values: Float32Array, own: readonly number[]) => Float64Array.from(own, (row) => values[row]!)

function rowsOfSegment({ rows, segment }: ForecastRows, index: number): number[] {
  const own: number[] = []
  for (let row = 0; row < rows; row += 1) if (segment[row] === index) own.push(row)
  return own
}
