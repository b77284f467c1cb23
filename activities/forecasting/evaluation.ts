/**
 * The demand forecast on a user's own file: rolling-origin evaluation beside simple forecasts, and forecasts of the days
 * ahead. Features, training and forecasting are those of production; only where the sales come from is different.
 */
import { addDays } from '../../contracts/calendar.ts'
import {
  blocksFor,
  FORECAST_NUMBERS,
  type Frequency,
  HORIZON_DAYS_MAX,
  type HorizonBlock,
  PERIOD_DAYS,
  QUANTILES,
} from '../../models/forecasting/plan.ts'
import { type DuckDBConnection, literal } from '../../platform/duckdb/duckdb.ts'
import { appendNumbers } from '../../platform/duckdb/vectors.ts'
import type { Xgboost } from '../../platform/xgboost/xgboost.ts'
import { RECENT_DAYS } from '../assets/features/columns.ts'
import { makeDemandFeatures } from '../assets/features/series.ts'
import { refuse } from '../failures.ts'
import { insertColdStarts, insertEnded } from './cold-start.ts'
import {
  type Covariates,
  type DatasetSources,
  defineTarget,
  type ForecastRows,
  joined,
  prepareCovariates,
  ROW_ORDER,
  readAhead,
  readOutcome,
} from './dataset.ts'
import { prepareHistory } from './history.ts'
import { type DemandModel, openDemandFiles } from './model.ts'
import { type PointErrors, pointErrors, quantileErrors } from './scoring.ts'
import { trainDemand } from './training.ts'

/** Past sales from anywhere, as relations of the connection. */
export interface SalesHistory {
  /** Rows of features/daily_sales: what sold. */
  daily: string
  /** The same with the demand that met an empty shelf put back: what features are made from. */
  recovered: string
  /** product_id, category, department. */
  products: string
  covariates: Covariates | undefined
  /** See `DatasetSources`. */
  availability: string | undefined
  /** First and last day that sales are known of. */
  first: string
  last: string
  /** The last day that every known covariate is known of. */
  knownThrough: string
  series: number
}

export interface ForecastWork {
  connection: DuckDBConnection
  xgboost: Xgboost
  sales: SalesHistory
  frequency: Frequency
  /** Days or weeks ahead. */
  horizon: number
  seed: number
  signal?: AbortSignal
  onStep?: (step: string, done: number) => void
}

export interface EvaluationRequest extends ForecastWork {
  /** Origins that are forecast from. */
  windows: number
  /** Days or weeks between two origins. */
  step: number
  /** Leave out days on which a part of the demand met an empty shelf. */
  excludeCensored: boolean
}

export interface Evaluation {
  series: number
  /** First and last day of the file. */
  days: { from: string; through: string }
  /** Each origin, and the first and last day that was forecast from it. */
  windows: { origin: string; from: string; through: string }[]
  forecasts: Record<EvaluatedForecast, EvaluatedErrors>
  seconds: { features: number; training: number; forecasting: number }
  peakMegabytes: number
}

/** In the order in which they are shown. */
export const EVALUATED = [
  'mean',
  'median',
  'seasonal_naive',
  'seasonal_naive_year',
  'moving_average_7',
  'moving_average_28',
] as const
export type EvaluatedForecast = (typeof EVALUATED)[number]

export interface EvaluatedErrors extends PointErrors {
  /** Of a forecast that is one number: as if every quantile were that number. */
  pinball: number | undefined
  coverage_80: number | undefined
  rows: number
  /** Days on which nothing was out of stock: pinball and coverage are of these. */
  uncensored_rows: number
}

/** Origins before the judged ones are of every fifth day: of different weekdays, and no more than one needs. */
const ORIGIN_STEP = 5
/** Before a series has this many days its features are of little use. */
const HISTORY_DAYS_MIN = 28
/** A model is trained weekly, as production does. */
const TRAINED_DAYS_MAX = 7
/** The folds of the last block reach so far back. */
const FOLD_DAYS = 14

/**
 * Errors of the forecast and of simple ones on days that the model was not trained on.
 *
 * @throws ApplicationFailure `InvalidInput` when the history is too short for the windows
 */
export async function evaluateForecast(request: EvaluationRequest): Promise<Evaluation> {
  const { connection, sales, frequency } = request
  const clock = stopwatch()
  const periodDays = PERIOD_DAYS[frequency]
  const horizonDays = horizonOf(request)
  const origins = originsOf(request, sales)
  const sources = await makeFeatures(connection, sales, frequency, origins, horizonDays)
  clock.lap('features')
  const outcomes: Outcome[] = []
  let trained: { model: DemandModel; through: string } | undefined
  try {
    for (const [index, origin] of origins.entries()) {
      if (trained === undefined || addDays(trained.through, TRAINED_DAYS_MAX) <= origin) {
        await trained?.model[Symbol.asyncDispose]()
        const onPart = (part: number) => (index + part) / origins.length
        trained = { through: origin, model: await trainThrough(request, sources, origin, onPart) }
        clock.lap('training')
      }
      outcomes.push(...(await forecastFrom(request, sources, trained.model, origin, horizonDays)))
      clock.lap('forecasting')
    }
  } finally {
    await trained?.model[Symbol.asyncDispose]()
  }
  return {
    series: sales.series,
    days: { from: sales.first, through: sales.last },
    windows: origins.map((origin) => ({
      origin,
      from: addDays(origin, 1),
      through: addDays(origin, horizonDays),
    })),
    forecasts: measure(together(outcomes), periodDays),
    seconds: clock.seconds(),
    peakMegabytes: peakMegabytes(),
  }
}

/** @returns days, of which a week has seven */
function horizonOf({ horizon, frequency }: ForecastWork): number {
  const days = horizon * PERIOD_DAYS[frequency]
  if (days <= HORIZON_DAYS_MAX) return days
  throw refuse(
    'InvalidInput',
    `--horizon ${horizon}: forecasts reach ${HORIZON_DAYS_MAX} days ahead, which is ${Math.floor(HORIZON_DAYS_MAX / PERIOD_DAYS[frequency])} ${frequency}s`,
  )
}

/** The last day of a period: of a week that begins on a Monday its Sunday. */
const endOf = (day: string, frequency: Frequency): string => addDays(day, PERIOD_DAYS[frequency] - 1)

/** The windows' origins, in order: the last one's days ahead end with the file. */
function originsOf(
  { windows, step, horizon, frequency }: EvaluationRequest,
  { first, last }: Pick<SalesHistory, 'first' | 'last'>,
): string[] {
  const end = endOf(last, frequency)
  const origins = Array.from({ length: windows }, (_, index) =>
    addDays(end, -PERIOD_DAYS[frequency] * (horizon + (windows - 1 - index) * step)),
  )
  if (origins[0]! >= addDays(first, HISTORY_DAYS_MIN)) return origins
  throw refuse(
    'InvalidInput',
    `the file has sales from ${first} to ${last}: the first of ${windows} windows would begin on ${origins[0]}, with less than ` +
      `${HISTORY_DAYS_MIN} days before it; use fewer --windows, a smaller --step or a shorter --horizon`,
  )
}

/** features/demand of the file for the origins that are forecast from, those that judge, and a part of those before. */
async function makeFeatures(
  connection: DuckDBConnection,
  { first, recovered, products, covariates, availability }: SalesHistory,
  frequency: Frequency,
  origins: readonly string[],
  horizonDays: number,
): Promise<DatasetSources> {
  const nearFrom = addDays(origins[0]!, -horizonDays - FOLD_DAYS)
  const from = addDays(first, HISTORY_DAYS_MIN)
  const periods = daysBack(origins.at(-1)!, from, PERIOD_DAYS[frequency])
  const wanted = periods.filter((day, index) => frequency === 'week' || day >= nearFrom || index % ORIGIN_STEP === 0)
  await makeDemandFeatures(connection, {
    origins: wanted.reverse(),
    daily: recovered,
    products,
  })
  await prepareHistory(connection, recovered, products)
  return {
    features: 'features',
    stores: "(select '' as store_id, '' as country where false)",
    holidays: "(select '' as country, date '1970-01-01' as holiday_date where false)",
    covariates:
      covariates && (await prepareCovariates(connection, 'features', covariates, blocksFor(horizonDays).at(-1)!.last)),
    availability,
    hasHistory: true,
  }
}

/** Every `step` days from the last one back to the first. */
function daysBack(last: string, first: string, stepDays: number): string[] {
  const days: string[] = []
  for (let day = last; day >= first; day = addDays(day, -stepDays)) days.push(day)
  return days
}

/** The model as it would have been trained on a day. */
async function trainThrough(
  request: ForecastWork,
  sources: DatasetSources,
  through: string,
  onPart: (part: number) => number = (part) => part,
): Promise<DemandModel> {
  const { connection, xgboost, seed, signal, onStep } = request
  const days = await connection.runAndReadAll(
    `select distinct date::varchar as date from features where date <= ${literal(through)} order by date`,
  )
  const trained = await trainDemand({
    connection,
    xgboost,
    sources,
    // Rows of days after the last one are not read: `through` is the limit of what a target may know.
    daily: request.sales.daily,
    origins: days.getRows().map(([day]) => String(day)),
    frequency: request.frequency,
    through,
    horizonDays: horizonOf(request),
    seed,
    ...(signal && { signal }),
    onStep: (step, part) => onStep?.(`trained through ${through}: ${step}`, onPart(part)),
  })
  return openDemandFiles('demand', trained.manifest, (name) => trained.files[name]!, xgboost)
}

/** Where forecasts of days ahead are put: a temporary table of store_id, product_id, target_date and `FORECAST_NUMBERS`. */
export const FORECAST_TABLE = 'forecast_ahead'
const NUMBER_COLUMNS = FORECAST_NUMBERS.map((name) => `${name} float`).join(', ')

/**
 * Makes `FORECAST_TABLE`: every series on every day or week ahead of the history. A series that has never sold has the
 * forecast of its peers; one that has stopped selling has none but zero.
 *
 * @throws ApplicationFailure `InvalidInput` when the history is too short, or a known covariate ends before the horizon does
 */
export async function forecastAhead(request: ForecastWork): Promise<{ from: string; through: string; rows: number }> {
  const { connection, sales, frequency } = request
  const horizonDays = horizonOf(request)
  const origin = endOf(sales.last, frequency)
  const through = addDays(origin, horizonDays)
  // A week's covariates are dated by its Monday.
  const lastPeriod = addDays(through, 1 - PERIOD_DAYS[frequency])
  if (sales.covariates && sales.covariates.known.length > 0 && sales.knownThrough < lastPeriod) {
    throw refuse(
      'InvalidInput',
      `the covariates under known (${sales.covariates.known.join(', ')}) end on ${sales.knownThrough}, the horizon on ${lastPeriod}: ` +
        'add rows of the days ahead without a quantity, list them under past, or use a shorter --horizon',
    )
  }
  const sources = await makeFeatures(connection, sales, frequency, [origin], horizonDays)
  const model = await trainThrough(request, sources, origin)
  try {
    await connection.run(`create or replace temp table forecast_row (row_no integer, ${NUMBER_COLUMNS})`)
    await connection.run(`create or replace temp table ${FORECAST_TABLE}
      (store_id varchar, product_id varchar, target_date date, ${NUMBER_COLUMNS})`)
    for (const block of blocksFor(horizonDays)) {
      await defineTarget(connection, sources, block)
      const isPeriod = frequency === 'week' ? ' and target_weekday = 1' : ''
      const where = `origin_date = date ${literal(origin)} and horizon <= ${horizonDays}${isPeriod}`
      await forecastBlock(connection, model, block, origin, where)
    }
    const series = `(select distinct store_id, product_id from ${sales.daily})`
    await insertEnded(connection, {
      forecasts: FORECAST_TABLE,
      daily: sales.daily,
      origin,
      periodDays: PERIOD_DAYS[frequency],
    })
    await insertColdStarts(connection, { forecasts: FORECAST_TABLE, products: sales.products, series })
  } finally {
    await model[Symbol.asyncDispose]()
  }
  const counted = await connection.runAndReadAll(`select count(*) from ${FORECAST_TABLE}`)
  return { from: addDays(origin, 1), through, rows: Number(counted.getRows()[0]![0]) }
}

async function forecastBlock(
  connection: DuckDBConnection,
  model: DemandModel,
  block: HorizonBlock,
  origin: string,
  where: string,
): Promise<void> {
  const trained = model.manifest.blocks.find(({ first }) => first === block.first)
  if (!trained) throw tooShort(origin, block)
  const rows = await readAhead(connection, where, model.manifest.features)
  const { mean, deviation, quantiles } = await model.forecast(trained, rows)
  const numbers = Int32Array.from({ length: rows.rows }, (_, row) => row)
  const columns = QUANTILES.map((_, index) => column(quantiles, index))
  await connection.run('truncate forecast_row')
  await appendNumbers(connection, 'forecast_row', [numbers, mean, deviation, ...columns], rows.rows)
  await connection.run(`insert into ${FORECAST_TABLE}
    select store_id, product_id, target_date, ${FORECAST_NUMBERS.join(', ')}
    from (select *, (row_number() over (${ROW_ORDER}) - 1)::integer as row_no from target where ${where})
    join forecast_row using (row_no)`)
}

/** Forecasts of some rows, and the actual sales. */
interface Outcome extends Pick<ForecastRows, 'rows' | 'actual' | 'inStockShare' | 'seasonalDifference'> {
  forecasts: Record<EvaluatedForecast, Float32Array>
  /** Row after row. */
  quantiles: Float32Array
}

async function forecastFrom(
  { connection, frequency, excludeCensored }: EvaluationRequest,
  sources: DatasetSources,
  model: DemandModel,
  origin: string,
  horizonDays: number,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const block of blocksFor(horizonDays)) {
    await defineTarget(connection, sources, block)
    const censored = excludeCensored ? ' and in_stock_share > 0.999' : ''
    const where = `origin_date = date ${literal(origin)} and horizon <= ${horizonDays}${censored}`
    const rows = await readOutcome(connection, model.manifest.features, where)
    const trained = model.manifest.blocks.find(({ first }) => first === block.first)
    if (!trained) throw tooShort(origin, block)
    const { mean, quantiles } = await model.forecast(trained, rows)
    const moving = (periods: number) => movingAverages(rows, frequency, periods)
    outcomes.push({
      ...rows,
      quantiles,
      forecasts: {
        mean,
        median: column(quantiles, QUANTILES.indexOf(0.5)),
        seasonal_naive: rows.seasonalNaive,
        seasonal_naive_year: yearOrWeekAgo(rows),
        moving_average_7: moving(7),
        moving_average_28: moving(28),
      },
    })
  }
  return outcomes
}

const tooShort = (origin: string, { first, last }: HorizonBlock): Error =>
  refuse(
    'InvalidInput',
    `up to ${origin} the file has too few days to train and evaluate forecasts ${first} to ${last} days ahead: add more history, or use a shorter --horizon`,
  )

const column = (quantiles: Float32Array, index: number): Float32Array =>
  Float32Array.from(
    { length: quantiles.length / QUANTILES.length },
    (_, row) => quantiles[row * QUANTILES.length + index]!,
  )

/** Where a series has no day a year ago: the day a week ago. */
const yearOrWeekAgo = ({ seasonalNaiveYear, seasonalNaive }: ForecastRows): Float32Array =>
  seasonalNaiveYear.map((value, row) => (Number.isFinite(value) ? value : seasonalNaive[row]!))

/** The mean of the last days: of weeks, which are dated by their Mondays, of as many as they make. */
function movingAverages({ rows, series, recent }: ForecastRows, frequency: Frequency, days: number): Float32Array {
  const step = PERIOD_DAYS[frequency]
  const newest = frequency === 'week' ? RECENT_DAYS - 7 : RECENT_DAYS - 1
  const averages = Float32Array.from({ length: recent.length / RECENT_DAYS }, (_, index) => {
    let sum = 0
    for (let back = 0; back < days; back += step) sum += recent[index * RECENT_DAYS + newest - back]!
    return (sum * step) / days
  })
  return Float32Array.from({ length: rows }, (_, row) => averages[series[row]!]!)
}

function together(outcomes: readonly Outcome[]): Outcome {
  const join = (pick: (outcome: Outcome) => Float32Array): Float32Array => joined(outcomes.map(pick))
  return {
    rows: outcomes.reduce((sum, { rows }) => sum + rows, 0),
    actual: join(({ actual }) => actual),
    inStockShare: join(({ inStockShare }) => inStockShare),
    seasonalDifference: join(({ seasonalDifference }) => seasonalDifference),
    quantiles: join(({ quantiles }) => quantiles),
    forecasts: Object.fromEntries(
      EVALUATED.map((name) => [name, join(({ forecasts }) => forecasts[name])]),
    ) as Outcome['forecasts'],
  }
}

function measure(outcome: Outcome, periodDays: number): Evaluation['forecasts'] {
  // A week's scale is over the one day of each week that has its sales.
  const scaled = { ...outcome, seasonalDifference: outcome.seasonalDifference.map((value) => value * periodDays) }
  const own = Array.from({ length: outcome.rows }, (_, row) => row)
  const errors = (name: EvaluatedForecast): EvaluatedErrors => {
    const forecast = outcome.forecasts[name]
    const point = { ...pointErrors(scaled, own, forecast), rows: outcome.rows }
    if (name === 'mean') return { ...point, ...quantileErrors(outcome, own, outcome.quantiles) }
    const repeated = Float32Array.from(
      { length: outcome.rows * QUANTILES.length },
      (_, index) => forecast[Math.floor(index / QUANTILES.length)]!,
    )
    return { ...point, ...quantileErrors(outcome, own, repeated), coverage_80: undefined }
  }
  return Object.fromEntries(EVALUATED.map((name) => [name, errors(name)])) as Evaluation['forecasts']
}

/** Seconds between laps, by name. */
function stopwatch() {
  const seconds = { features: 0, training: 0, forecasting: 0 }
  let at = performance.now()
  return {
    lap(name: keyof typeof seconds) {
      const now = performance.now()
      seconds[name] += (now - at) / 1_000
      at = now
    },
    seconds: () => seconds,
  }
}

/** Of the whole process, DuckDB and XGBoost with it. */
const peakMegabytes = (): number => process.resourceUsage().maxRSS / 1_024
