/** Forecasts that are asked for one by one: the champion over the rows of the morning, cold starts, and features of the caller's own. */
import { addDays, countDays } from '../../../contracts/calendar.ts'
import type { RawFeatures } from '../../../contracts/raw-features.ts'
import { demandClass } from '../../../models/forecasting/baselines.ts'
import { SEGMENTS, type Segment } from '../../../models/forecasting/candidates.ts'
import { blocksFor, HORIZON_DAYS_MAX, QUANTILES } from '../../../models/forecasting/plan.ts'
import { Batches } from '../../../platform/batches.ts'
import { RECENT_DAYS } from '../../assets/features/columns.ts'
import { BASELINE_MODEL } from '../../assets/predictions/demand.ts'
import { type ForecastRows, isInUnits, LEVEL, seasonalDifference } from '../dataset.ts'
import { type DemandModel, NotANumber } from '../model.ts'
import { baselineForecasts, type RowForecasts } from '../scoring.ts'
import type { ColdStarts } from './cold-starts.ts'
import type { Answer, PredictionRequest } from './prediction.ts'
import { emptyRows, type SeriesTable } from './series-table.ts'

/** What answers, as of one moment: it is replaced as a whole. */
export interface Knowledge {
  /** Undefined: no day has features yet. */
  table: SeriesTable | undefined
  champion: { model: DemandModel; version: number } | undefined
  /** Undefined: nothing was forecast yet. */
  coldStarts: ColdStarts | undefined
}

const BATCH_REQUESTS_MAX = 512

/** Requests that come while a batch is computed are the next batch. */
export class Predictor {
  readonly #know: () => Knowledge
  readonly #batches: Batches<readonly PredictionRequest[], Answer[]>

  /** @param know what to answer a batch from */
  constructor(know: () => Knowledge) {
    this.#know = know
    this.#batches = new Batches((batch) => this.#run(batch), {
      sizeMax: BATCH_REQUESTS_MAX,
      countMax: BATCH_REQUESTS_MAX,
      sizeOf: ({ length }) => length,
      countOf: () => 1,
    })
  }

  /**
   * One answer for each request, in their order.
   *
   * @throws when a model fails on all of them
   */
  async answer(requests: readonly PredictionRequest[]): Promise<Answer[]> {
    const answers: Answer[] = []
    for (let from = 0; from < requests.length; from += BATCH_REQUESTS_MAX)
      answers.push(...(await this.#batches.add(requests.slice(from, from + BATCH_REQUESTS_MAX))))
    return answers
  }

  idle(): Promise<void> {
    return this.#batches.idle()
  }

  async #run(batch: readonly (readonly PredictionRequest[])[]): Promise<PromiseSettledResult<Answer[]>[]> {
    const answers = await predict(this.#know(), batch.flat())
    let at = 0
    return batch.map(({ length }) => {
      at += length
      return { status: 'fulfilled', value: answers.slice(at - length, at) }
    })
  }
}

/** A request for a row of a model. */
interface Wanted {
  /** Of the request. */
  index: number
  horizon: number
  series: number | undefined
  features: RawFeatures | undefined
}

/** One answer for each request. */
export async function predict(
  { table, champion, coldStarts }: Knowledge,
  requests: readonly PredictionRequest[],
): Promise<Answer[]> {
  const answers = new Array<Answer>(requests.length)
  const wanted: Wanted[] = []
  const unsold: number[] = []
  for (const [index, request] of requests.entries()) {
    const series = table?.find(request)
    if (table === undefined || (series === undefined && request.features === undefined)) {
      unsold.push(index)
      continue
    }
    const horizon = request.targetDate === undefined ? 1 : countDays(table.origin, request.targetDate)
    const refusal = refusalOf(table, request, horizon, series)
    if (refusal === undefined) wanted.push({ index, horizon, series, features: request.features })
    else answers[index] = { refusal }
  }
  const fromModels = blocksFor(HORIZON_DAYS_MAX).map(async ({ first, last }) => {
    const own = wanted.filter(({ horizon }) => horizon >= first && horizon <= last)
    const found = await fromModel(table!, champion, first, own)
    for (const [at, { index }] of own.entries()) answers[index] = found[at]!
  })
  const fromPeers = async () => {
    if (unsold.length === 0) return
    const own = unsold.map((index) => requests[index]!)
    const found = (await coldStarts?.answer(own)) ?? own.map(() => NOTHING_KNOWN)
    for (const [at, index] of unsold.entries()) answers[index] = found[at]!
  }
  await Promise.all([...fromModels, fromPeers()])
  return answers
}

/** Answers about days ahead of one block of the horizon, which begins with the day `first`. */
async function fromModel(
  table: SeriesTable,
  champion: Knowledge['champion'],
  first: number,
  wanted: readonly Wanted[],
): Promise<Answer[]> {
  if (wanted.length === 0) return []
  const rows = rowsOf(table, wanted)
  // What the model has no booster for is forecast all the same.
  const block = champion?.model.manifest.blocks.find((block) => block.first === first)
  try {
    const forecasts = block ? await champion!.model.forecast(block, rows) : baselineForecasts(rows)
    const model = block ? { model: 'demand', version: champion!.version } : { model: BASELINE_MODEL, version: 0 }
    return wanted.map(({ horizon }, row) => {
      const days = { featuresDate: table.origin, targetDate: addDays(table.origin, horizon), horizon }
      return { ...model, ...days, ...numbersOf(forecasts, row) }
    })
  } catch (error) {
    if (!(error instanceof NotANumber)) throw error
    if (wanted.length === 1) return [{ refusal: 'features: with these the forecast is not a number' }]
    // The others have an answer.
    const alone = await Promise.all(wanted.map((one) => fromModel(table, champion, first, [one])))
    return alone.flat()
  }
}

const NOTHING_KNOWN: Answer = {
  refusal: 'nothing was forecast yet: `shelfline run feature-engineering`, then `shelfline run batch-prediction`',
}

function refusalOf(
  { origin, horizonDays, features: known }: SeriesTable,
  { targetDate, features }: PredictionRequest,
  horizon: number,
  series: number | undefined,
): string | undefined {
  const last = series === undefined ? HORIZON_DAYS_MAX : horizonDays
  const isDay = horizon >= 1 && horizon <= last && (targetDate === undefined || addDays(origin, horizon) === targetDate)
  if (!isDay)
    return `target_date ${targetDate} is not one of the ${last} days after ${origin}, the last day that is known`
  if (features === undefined) return undefined
  const unknown = Object.keys(features.values).filter((name) => !known.includes(name))
  if (unknown.length > 0)
    return `features: the model has no ${unknown.slice(0, 5).join(', ')}; it has ${known.join(', ')}`
  const level = features.values[LEVEL]
  if (level !== undefined && !(level !== null && level > 0)) return `features: ${LEVEL} is ${level}; it is more than 0`
  if (series !== undefined || (level !== undefined && features.recent !== undefined)) return undefined
  return `features: a series that is not known needs ${LEVEL}, the units that it usually sells, and recent, its last days of sales`
}

function rowsOf(table: SeriesTable, wanted: readonly Wanted[]): ForecastRows {
  const rows = emptyRows(table.features, wanted.length)
  for (const [row, { series, horizon, features }] of wanted.entries()) {
    if (series === undefined) startUnknown(rows, row, horizon)
    else table.fill({ series, horizon }, rows, row)
    if (features !== undefined) replace(rows, row, features, series !== undefined)
  }
  return rows
}

/** Nothing is known but how far ahead the day is. */
function startUnknown(rows: ForecastRows, row: number, horizon: number): void {
  const width = rows.features.length
  rows.values.fill(Number.NaN, row * width, (row + 1) * width)
  rows.values[row * width + rows.features.indexOf('horizon_days')] = horizon
  for (const name of ['mean28', 'seasonalNaive', 'seasonalNaiveYear', 'weekdayMean'] as const)
    rows[name][row] = Number.NaN
  rows.season[row] = 1
}

/** What the caller gives instead. */
function replace(
  rows: ForecastRows,
  row: number,
  { values, recent, demandClass: given }: RawFeatures,
  isKnown: boolean,
): void {
  const { features } = rows
  const width = features.length
  if (recent !== undefined) {
    const days = Float32Array.from([...new Array<number>(RECENT_DAYS - recent.length).fill(0), ...recent])
    rows.recent.set(days, row * RECENT_DAYS)
    rows.seasonalDifference[row] = seasonalDifference(days)
  }
  const level = values[LEVEL]
  if (typeof level === 'number') rescale(rows, row, level, isKnown)
  for (const [name, value] of Object.entries(values)) {
    const number = value ?? Number.NaN
    rows.values[row * width + features.indexOf(name)] = isInUnits(name)
      ? Math.fround(Math.fround(number) / rows.level[row]!)
      : number
    const other = OTHER_FORECASTS[name]
    if (other !== undefined) rows[other][row] = number
  }
  if (given !== undefined) rows.segment[row] = SEGMENTS.indexOf(given)
  else if (recent !== undefined) rows.segment[row] = SEGMENTS.indexOf(segmentOf(recent))
}

/** Features that are forecasts themselves. */
const OTHER_FORECASTS: Readonly<Record<string, 'mean28' | 'weekdayMean' | 'seasonalNaive'>> = {
  mean_28: 'mean28',
  weekday_mean: 'weekdayMean',
  last_same_weekday: 'seasonalNaive',
}

/** What sells never is as lumpy as can be. */
function segmentOf(recent: readonly number[]): Segment {
  const found = demandClass(recent)
  return found === 'none' ? 'lumpy' : found
}

function rescale(rows: ForecastRows, row: number, level: number, isKnown: boolean): void {
  const { features } = rows
  const before = rows.level[row]!
  rows.level[row] = level
  if (!isKnown) return
  for (const [column, name] of features.entries()) {
    if (!isInUnits(name)) continue
    const at = row * features.length + column
    rows.values[at] = (rows.values[at]! * before) / rows.level[row]!
  }
}

function numbersOf({ mean, deviation, quantiles }: RowForecasts, row: number) {
  const levels = QUANTILES.length
  return {
    mean: mean[row]!,
    deviation: deviation[row] ?? null,
    quantiles: quantiles.length === 0 ? null : [...quantiles.subarray(row * levels, (row + 1) * levels)],
  }
}
