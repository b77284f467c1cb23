/** Errors of every candidate over rows whose outcome is known, by class of the series; and the choice between them. */
import {
  CANDIDATES,
  type Candidate,
  type CandidateInputs,
  candidateForecast,
  choose,
  flatForecasts,
  noErrors,
  SEGMENTS,
  type Segment,
  type SquaredErrors,
} from '../models/demand/candidates.ts'
import { calibrate, conformalMargins, type Margins, scaleOf } from '../models/demand/conformal.ts'
import { QUANTILES } from '../models/demand/plan.ts'
import { bias, coverage, pinball, wape } from '../models/metrics.ts'
import { RECENT_DAYS } from './assets/features-columns.ts'
import type { ForecastRows } from './forecast-dataset.ts'

export interface Metric {
  candidate: Candidate | 'chosen'
  segment: Segment | 'all'
  metric: 'wape' | 'bias' | 'mase' | 'rmse' | 'pinball' | 'coverage_80'
  value: number
  rows: number
}

/** Every candidate's forecast of every row. */
export type CandidateForecasts = Record<Candidate, Float32Array>

/** @param mean the boosters' forecast of each row's mean */
export function forecastByCandidate(rows: ForecastRows, mean: Float32Array): CandidateForecasts {
  const forecasts = Object.fromEntries(
    CANDIDATES.map((candidate) => [candidate, new Float32Array(rows.rows)]),
  ) as CandidateForecasts
  forEachRow(rows, mean, (row, inputs) => {
    for (const candidate of CANDIDATES) {
      forecasts[candidate][row] = rows.isClosed[row] ? 0 : candidateForecast(candidate, inputs)
    }
  })
  return forecasts
}

/** One candidate's forecast of every row, chosen by its class. */
export function forecastByChoice(
  rows: ForecastRows,
  mean: Float32Array,
  choice: Readonly<Record<Segment, Candidate>>,
): Float32Array {
  const forecasts = new Float32Array(rows.rows)
  forEachRow(rows, mean, (row, inputs) => {
    const candidate = choice[SEGMENTS[rows.segment[row]!]!]
    forecasts[row] = rows.isClosed[row] ? 0 : candidateForecast(candidate, inputs)
  })
  return forecasts
}

/** Flat forecasts are made once for each series: its rows follow each other. */
function forEachRow(
  rows: ForecastRows,
  mean: Float32Array,
  take: (row: number, inputs: CandidateInputs) => void,
): void {
  let series = -1
  let flat = flatForecasts([0])
  for (let row = 0; row < rows.rows; row += 1) {
    if (rows.series[row] !== series) {
      series = rows.series[row]!
      flat = flatForecasts(rows.recent.subarray(series * RECENT_DAYS, (series + 1) * RECENT_DAYS))
    }
    const own = { xgboost: mean[row]!, seasonal_naive: rows.seasonalNaive[row]!, weekday_mean: rows.weekdayMean[row]! }
    take(row, { ...flat, ...own })
  }
}

/** The candidate of least squared error for each class; a class without rows takes what is best over all. */
export function chooseBySegment(rows: ForecastRows, forecasts: CandidateForecasts): Record<Segment, Candidate> {
  const all = noErrors()
  const bySegment = SEGMENTS.map(() => ({ errors: noErrors(), rows: 0 }))
  for (let row = 0; row < rows.rows; row += 1) {
    const own = bySegment[rows.segment[row]!]!
    own.rows += 1
    for (const candidate of CANDIDATES) {
      const squared = (forecasts[candidate][row]! - rows.actual[row]!) ** 2
      own.errors[candidate] += squared
      all[candidate] += squared
    }
  }
  const chosen = (errors: SquaredErrors, count: number) => choose(count === 0 ? all : errors)
  return Object.fromEntries(
    SEGMENTS.map((segment, index) => [segment, chosen(bySegment[index]!.errors, bySegment[index]!.rows)]),
  ) as Record<Segment, Candidate>
}

/** @param quantiles row after row, as the boosters give them */
export function marginsBySegment(rows: ForecastRows, quantiles: Float32Array): Record<Segment, Margins> {
  const count = QUANTILES.length
  return Object.fromEntries(
    SEGMENTS.map((segment, index) => {
      const own = rowsOfSegment(rows, index)
      const part = new Float32Array(own.length * count)
      for (const [at, row] of own.entries()) part.set(quantiles.subarray(row * count, (row + 1) * count), at * count)
      const scales = own.map((row) => scaleOf(rows.mean28[row]!))
      return [segment, conformalMargins(pick(rows.actual, own), part, scales)]
    }),
  ) as Record<Segment, Margins>
}

/** Calibrated quantiles, row after row; a closed day has none but zero. */
export function calibrateRows(
  rows: ForecastRows,
  quantiles: Float32Array,
  margins: Readonly<Record<Segment, Margins>>,
): Float32Array {
  const count = QUANTILES.length
  const calibrated = quantiles.slice()
  for (let row = 0; row < rows.rows; row += 1) {
    const own = calibrated.subarray(row * count, (row + 1) * count)
    if (rows.isClosed[row]) own.fill(0)
    else calibrate(own, margins[SEGMENTS[rows.segment[row]!]!], scaleOf(rows.mean28[row]!))
  }
  return calibrated
}

/** How every candidate did, over all series and by class. */
export function measureCandidates(
  rows: ForecastRows,
  forecasts: CandidateForecasts,
  chosen: Float32Array,
  quantiles: Float32Array,
): Metric[] {
  const parts: [Segment | 'all', number[]][] = [
    ['all', Array.from({ length: rows.rows }, (_, row) => row)],
    ...SEGMENTS.map((segment, index): [Segment, number[]] => [segment, rowsOfSegment(rows, index)]),
  ]
  return parts.flatMap(([segment, own]) => [
    ...CANDIDATES.flatMap((candidate) => measure(rows, own, forecasts[candidate], candidate, segment)),
    ...measure(rows, own, chosen, 'chosen', segment),
    ...measureQuantiles(rows, own, quantiles, segment),
  ])
}

function measure(
  rows: ForecastRows,
  own: readonly number[],
  forecast: Float32Array,
  candidate: Metric['candidate'],
  segment: Metric['segment'],
): Metric[] {
  const actual = pick(rows.actual, own)
  const said = pick(forecast, own)
  let squared = 0
  let scaled = 0
  let scaledRows = 0
  for (const row of own) {
    const error = Math.abs(forecast[row]! - rows.actual[row]!)
    squared += error * error
    if (!(rows.seasonalDifference[row]! > 0)) continue
    scaled += error / rows.seasonalDifference[row]!
    scaledRows += 1
  }
  const values: [Metric['metric'], number | undefined][] = [
    ['wape', wape(actual, said)],
    ['bias', bias(actual, said)],
    ['mase', scaledRows === 0 ? undefined : scaled / scaledRows],
    ['rmse', own.length === 0 ? undefined : Math.sqrt(squared / own.length)],
  ]
  return values.flatMap(([metric, value]) =>
    value === undefined ? [] : [{ candidate, segment, metric, value, rows: own.length }],
  )
}

function measureQuantiles(
  rows: ForecastRows,
  own: readonly number[],
  quantiles: Float32Array,
  segment: Metric['segment'],
): Metric[] {
  if (own.length === 0) return []
  const count = QUANTILES.length
  const column = (index: number) => Float64Array.from(own, (row) => quantiles[row * count + index]!)
  const actual = pick(rows.actual, own)
  const losses = QUANTILES.map((level, index) => pinball(actual, column(index), level)!)
  const covered = coverage(actual, column(QUANTILES.indexOf(0.1)), column(QUANTILES.indexOf(0.9)))!
  const head = { candidate: 'chosen', segment, rows: own.length } as const
  return [
    { ...head, metric: 'pinball', value: losses.reduce((sum, loss) => sum + loss, 0) / count },
    { ...head, metric: 'coverage_80', value: covered },
  ]
}

const pick = (values: Float32Array, own: readonly number[]) => Float64Array.from(own, (row) => values[row]!)

function rowsOfSegment({ rows, segment }: ForecastRows, index: number): number[] {
  const own: number[] = []
  for (let row = 0; row < rows; row += 1) if (segment[row] === index) own.push(row)
  return own
}
