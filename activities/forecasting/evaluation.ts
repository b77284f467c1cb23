/**
 * The demand forecast on a user's own file: rolling-origin evaluation beside simple forecasts, and forecasts of the days
 * ahead. Features, training and forecasting are those of production; only where the sales come from is different.
 */
import { addDays } from '../../contracts/calendar.ts'
import type { DemandBlock } from '../../models/forecasting/model.ts'
import {
  blocksFor,
  FILE_FORECAST_NUMBERS,
  type Frequency,
  HORIZON_MAX,
  type HorizonBlock,
  PERIOD_DAYS,
  QUANTILES,
} from '../../models/forecasting/plan.ts'
import { type DuckDBConnection, identifier, literal } from '../../platform/duckdb/duckdb.ts'
import { appendNumbers } from '../../platform/duckdb/vectors.ts'
import type { Xgboost } from '../../platform/xgboost/xgboost.ts'
import { makeDemandFeatures } from '../assets/features/series.ts'
import { onlyRow } from '../assets/framework/work.ts'
import { refuse } from '../failures.ts'
import { insertColdStarts, insertEnded } from './cold-start.ts'
import {
  type Covariates,
  type DatasetSources,
  defineTarget,
  prepareCovariates,
  prepareEffects,
  ROW_ORDER,
  readAhead,
} from './dataset.ts'
import {
  type EvaluatedErrors,
  type EvaluatedForecast,
  type EvaluatedPart,
  EvaluationErrors,
  simpleForecasts,
} from './evaluation-errors.ts'
import { prepareHistory } from './history.ts'
import { type DemandModel, openDemandFiles } from './model.ts'
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
  /** Every series that had a row in the file by then, those that had never sold among them. */
  forecasts: Record<EvaluatedForecast, EvaluatedErrors>
  /** The mean forecast's by days ahead and class. */
  parts: EvaluatedPart[]
  seconds: { features: number; training: number; forecasting: number }
  peakMegabytes: number
}

/** Origins before the judged ones are of every fifth day: of different weekdays, and no more than one needs. */
const ORIGIN_STEP = 5
/** Before a series has this many days its features are of little use. */
const HISTORY_DAYS_MIN = 28
/** A model is trained weekly, as production does. */
const TRAINED_DAYS_MAX = 7
/** The folds of the last block, and those before them that quantiles are read off, reach so far back. */
const FOLD_DAYS = 42
/** For the progress: features of all that is done, and training of what a window takes. */
const FEATURES_PART = 0.2
const TRAINING_PART = 0.8
/** Rows that are forecast at once. */
const ROWS_AT_ONCE = 100_000

/**
 * Errors of the forecast and of simple ones on days that the model was not trained on.
 *
 * @throws ApplicationFailure `InvalidInput` when the history is too short for the windows
 */
export async function evaluateForecast(request: EvaluationRequest): Promise<Evaluation> {
  const { connection, sales, frequency } = request
  const clock = stopwatch()
  const horizonDays = horizonOf(request)
  const origins = originsOf(request, sales)
  request.onStep?.('features', 0)
  const sources = await makeFeatures(connection, sales, frequency, origins, horizonDays)
  clock.lap('features')
  const errors = new EvaluationErrors()
  let trained: { model: DemandModel; through: string } | undefined
  try {
    for (const [index, origin] of origins.entries()) {
      const onPart = (part: number) => FEATURES_PART + (1 - FEATURES_PART) * ((index + part) / origins.length)
      if (trained === undefined || addDays(trained.through, TRAINED_DAYS_MAX) <= origin) {
        await trained?.model[Symbol.asyncDispose]()
        const model = await trainThrough(request, sources, origin, (part) => onPart(part * TRAINING_PART))
        trained = { through: origin, model }
        clock.lap('training')
      }
      request.onStep?.(`forecasts from ${origin}`, onPart(TRAINING_PART))
      const through = addDays(origin, horizonDays)
      await forecastFrom(request, sources, trained.model, origin, {
        horizonDays,
        series: `(select store_id, product_id from ${sales.daily} where date <= date ${literal(through)} group by all)`,
        beside: simpleForecasts(frequency),
      })
      const { daily, availability } = sales
      await errors.add(connection, {
        frequency,
        forecasts: FORECAST_TABLE,
        daily,
        availability,
        origin,
        horizonDays,
        excludeCensored: request.excludeCensored,
      })
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
    forecasts: errors.errors(),
    parts: errors.parts(),
    seconds: clock.seconds(),
    peakMegabytes: peakMegabytes(),
  }
}

/** @returns days, of which a week has seven */
function horizonOf({ horizon, frequency }: ForecastWork): number {
  if (horizon <= HORIZON_MAX[frequency]) return horizon * PERIOD_DAYS[frequency]
  throw refuse(
    'InvalidInput',
    `--horizon ${horizon}: forecasts reach ${HORIZON_MAX[frequency]} ${frequency}s ahead, with --freq ${frequency === 'day' ? `week ${HORIZON_MAX.week} weeks` : `day ${HORIZON_MAX.day} days`}`,
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
  const told =
    covariates &&
    (await prepareCovariates(connection, 'features', covariates, blocksFor(horizonDays, frequency).at(-1)!.last))
  return {
    features: 'features',
    stores: "(select '' as store_id, '' as country where false)",
    holidays: "(select '' as country, date '1970-01-01' as holiday_date where false)",
    covariates: told && (await prepareEffects(connection, told, products)),
    availability,
    hasHistory: true,
    frequency,
    toldDays: horizonDays,
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
    through,
    horizonDays: horizonOf(request),
    seed,
    ...(signal && { signal }),
    onStep: (step, part) => onStep?.(`trained through ${through}: ${step}`, onPart(part)),
  })
  return openDemandFiles('demand', trained.manifest, (name) => trained.files[name]!, xgboost)
}

/** Where forecasts of days ahead are put: a temporary table of store_id, product_id, target_date and `FILE_FORECAST_NUMBERS`. */
export const FORECAST_TABLE = 'forecast_ahead'
const NUMBER_COLUMNS = FILE_FORECAST_NUMBERS.map((name) => `${name} float`).join(', ')

/**
 * Makes `FORECAST_TABLE`: every series on every day or week ahead of the history. A series that has never sold has the
 * forecast of its peers; one that has stopped selling has none but zero.
 *
 * @throws ApplicationFailure `InvalidInput` when the history is too short, or a known covariate ends before the horizon does
 */
export async function forecastAhead(
  request: ForecastWork & {
    /** A column `why_…` for each part of the mean, of series that have sold within 90 days. */
    isExplained?: boolean
  },
): Promise<{ from: string; through: string; rows: number }> {
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
    const series = `(select distinct store_id, product_id from ${sales.daily})`
    const { isExplained = false } = request
    await forecastFrom(request, sources, model, origin, { horizonDays, series, isExplained })
  } finally {
    await model[Symbol.asyncDispose]()
  }
  const counted = await connection.runAndReadAll(`select count(*) from ${FORECAST_TABLE}`)
  return { from: addDays(origin, 1), through, rows: Number(counted.getRows()[0]![0]) }
}

interface WantedForecasts {
  horizonDays: number
  /** store_id, product_id of all that need a forecast. */
  series: string
  /** Further columns of `FORECAST_TABLE` by name, as SQL over a row of the view `target`. */
  beside?: Readonly<Record<string, string>>
  isExplained?: boolean
}

/** The column of a part of the mean. */
const whyColumn = (part: string): string => identifier(`${WHY_PREFIX}${part}`)
/** Of the columns of `FORECAST_TABLE` that explain the mean. */
export const WHY_PREFIX = 'why_'

/** Makes `FORECAST_TABLE` for an origin. */
async function forecastFrom(
  { connection, sales, frequency }: ForecastWork,
  sources: DatasetSources,
  model: DemandModel,
  origin: string,
  { horizonDays, series, beside = {}, isExplained = false }: WantedForecasts,
): Promise<void> {
  const periodDays = PERIOD_DAYS[frequency]
  const why = isExplained ? model.parts.map(whyColumn) : []
  const ofParts = why.map((name) => `, ${name} float`).join('')
  await connection.run(`create or replace temp table forecast_row (row_no integer, ${NUMBER_COLUMNS}${ofParts})`)
  const further = [
    ...Object.keys(beside).map((name) => `, ${name} ${name === 'demand_class' ? 'varchar' : 'double'}`),
    ofParts,
  ]
  await connection.run(`create or replace temp table ${FORECAST_TABLE}
    (store_id varchar, product_id varchar, target_date date, ${NUMBER_COLUMNS}${further.join('')})`)
  for (const block of blocksFor(horizonDays, frequency)) {
    await defineTarget(connection, sources, block)
    const isPeriod = frequency === 'week' ? ' and target_weekday = 1' : ''
    const where = `origin_date = date ${literal(origin)} and horizon <= ${horizonDays}${isPeriod}`
    const { rows } = await onlyRow(connection, `select count(*) as rows from target_day where ${where}`)
    const parts = Math.max(1, Math.ceil(Number(rows) / ROWS_AT_ONCE))
    for (let part = 0; part < parts; part += 1) {
      const own = parts === 1 ? where : `${where} and hash(store_id, product_id) % ${parts} = ${part}`
      await forecastBlock(connection, model, { block, origin, where: own, beside, why })
    }
  }
  const isClassed = beside.demand_class !== undefined
  const classify = (name: string) =>
    connection.run(`update ${FORECAST_TABLE} set demand_class = '${name}' where demand_class is null`)
  const sold = `(select store_id, product_id from ${sales.daily} where units > 0 and date <= date ${literal(origin)})`
  const of = { forecasts: FORECAST_TABLE, numbers: FILE_FORECAST_NUMBERS }
  await insertColdStarts(connection, {
    ...of,
    products: sales.products,
    // Before the series that have ended, which are no peers of what is new.
    series: `(from ${series} as listed anti join ${sold} as sold using (store_id, product_id))`,
  })
  if (isClassed) await classify('new')
  await insertEnded(connection, { ...of, daily: sales.daily, origin, periodDays })
  if (!isClassed) return
  await classify('ended')
  await connection.run(`update ${FORECAST_TABLE} as forecast set seasonal_naive_year = history_day.units from history_day
    where demand_class = 'ended' and history_day.store_id = forecast.store_id
      and history_day.product_id = forecast.product_id and history_day.date = forecast.target_date - 364`)
}

interface WantedBlock {
  block: HorizonBlock
  origin: string
  where: string
  beside: Readonly<Record<string, string>>
  /** Columns of the parts of the mean; none: it is not explained. */
  why: readonly string[]
}

async function forecastBlock(
  connection: DuckDBConnection,
  model: DemandModel,
  { block, origin, where, beside, why }: WantedBlock,
): Promise<void> {
  const trained = blockOf(model, block)
  if (!trained) throw tooShort(origin, block)
  const rows = await readAhead(connection, where, model.manifest.features)
  const { mean, deviation, quantiles, highs } = await model.forecast(trained, rows)
  const numbers = Int32Array.from({ length: rows.rows }, (_, row) => row)
  const columns = QUANTILES.map((_, index) => column(quantiles, index))
  const parts = why.length === 0 ? [] : Object.values(await model.explain(trained, rows))
  await connection.run('truncate forecast_row')
  await appendNumbers(connection, 'forecast_row', [numbers, mean, deviation, ...columns, highs, ...parts], rows.rows)
  const further = [
    ...Object.entries(beside).map(([name, sql]) => `, (${sql}) as ${name}`),
    ...why.map((name) => `, forecast_row.${name}`),
  ]
  await connection.run(`insert into ${FORECAST_TABLE} by name
    select store_id, product_id, target_date, ${FILE_FORECAST_NUMBERS.map((name) => `forecast_row.${name}`).join(', ')}${further.join('')}
    from (select *, (row_number() over (${ROW_ORDER}) - 1)::integer as row_no from target where ${where})
    join forecast_row using (row_no)`)
}

/** Months ahead for which there are too few days to train are forecast by the booster of the farthest block that has them. */
const blockOf = ({ manifest }: DemandModel, { first }: HorizonBlock): DemandBlock | undefined =>
  manifest.blocks.find((own) => own.first === first) ??
  (first > MONTHS_FROM ? manifest.blocks.findLast((own) => own.last >= TRAINED_THROUGH) : undefined)
const MONTHS_FROM = 28
const TRAINED_THROUGH = 28

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
