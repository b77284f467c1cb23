/** Trains the demand model: chooses by rolling-origin validation, calibrates, measures, and fits once more on all days. */

import { type Comparison, compare, type SeriesErrors } from '../models/demand/comparison.ts'
import { boosterFiles, type DemandBlock, type DemandManifest } from '../models/demand/model.ts'
import {
  blockName,
  blocksFor,
  type Fold,
  foldsOf,
  type HorizonBlock,
  QUANTILES,
  thinOrigins,
} from '../models/demand/plan.ts'
import { type DuckDBConnection, literal } from '../platform/duckdb.ts'
import type { BoosterParameters, MatrixData, TrainedModel, Xgboost } from '../platform/xgboost.ts'
import { modelFeatures } from './assets/features-columns.ts'
import { refuse } from './failures.ts'
import {
  type DatasetSources,
  defineLabels,
  defineTarget,
  type ForecastRows,
  readJudged,
  readTraining,
} from './forecast-dataset.ts'
import type { DemandModel } from './forecast-model.ts'
import {
  calibrateRows,
  chooseBySegment,
  forecastByCandidate,
  forecastByChoice,
  type Metric,
  marginsBySegment,
  measureCandidates,
} from './forecast-scoring.ts'

export interface TrainingRequest {
  connection: DuckDBConnection
  xgboost: Xgboost
  sources: DatasetSources
  /** Rows of features/daily_sales, for what came. */
  daily: string
  /** Days that have features, in order. */
  origins: readonly string[]
  /** The last day whose sales are known. */
  through: string
  /** What was known on this day; left out: all that is known. */
  knownThrough?: string | undefined
  horizonDays: number
  seed: number
  /** What stands now, to be compared with on days that neither has seen. */
  champion?: DemandModel
  /** Rows of one training, and of one judgement, at most: more are drawn from. */
  rowsMax?: number
  signal?: AbortSignal
  /** Told what begins, and which part of all is done, 0 to 1. */
  onStep?: (step: string, done: number) => void
  /** Given each block's model of the newer fold, while the view `target` has the block's days ahead. */
  onJudged?: (judged: JudgedBlock) => Promise<void>
}

/** A block as it was trained without the newer fold: what may be measured on that fold's days and on those after. */
export interface JudgedBlock {
  block: HorizonBlock
  fold: Fold
  /** Boosters, as XGBoost's own JSON. */
  mean: Uint8Array
  quantiles: Uint8Array
  choice: DemandBlock['choice']
  margins: DemandBlock['margins']
  /** Mean gain of the splits on each feature, for the mean. */
  gains: Record<string, number>
}

export interface TrainedDemand {
  manifest: DemandManifest
  /** The artefact's files by name, without the manifest. */
  files: Record<string, Uint8Array>
  metrics: (Metric & { horizon: string })[]
  trainingRows: number
  /** Undefined when there is no champion, or no day that it has not seen. */
  comparison: Comparison | undefined
  /** By block: the mean gain of the splits on each feature, for the mean. */
  gains: Record<string, Record<string, number>>
}

const ROWS_MAX = 400_000
const JUDGED_ROWS_MAX = 200_000
const ORIGINS_MAX = 60

const TWEEDIE = { objective: 'reg:tweedie', tweedie_variance_power: 1.3 } as const
const SQUARED_ERROR = { objective: 'reg:squarederror' } as const

const trees = {
  max_depth: 6,
  min_child_weight: 10,
  subsample: 0.8,
  colsample_bytree: 0.6,
  eta: 0.08,
} as const
const MEAN_ROUNDS = { rounds: 400, earlyStoppingRounds: 25 } as const
const QUANTILE_ROUNDS = { rounds: 200, earlyStoppingRounds: 15 } as const
/** Trainings of a block, for the progress. */
const STEPS = 6

/** @throws ApplicationFailure `InvalidInput` when there are too few days for any block */
export async function trainDemand(request: TrainingRequest): Promise<TrainedDemand> {
  const { connection, origins, through, seed, horizonDays } = request
  const feasible = blocksFor(horizonDays).flatMap((block) => {
    const folds = foldsOf(origins, through, block)
    return folds ? [{ block, folds }] : []
  })
  if (feasible.length === 0) {
    throw refuse(
      'InvalidInput',
      `demand: features of ${origins.length} days up to ${through} are too few to train and to judge: about 30 days are needed for a week ahead`,
    )
  }
  await defineLabels(connection, request.daily, request.knownThrough)
  const trained: TrainedDemand = {
    manifest: {
      model: 'demand',
      features: [...modelFeatures],
      quantiles: [...QUANTILES],
      seed,
      trainedThrough: through,
      blocks: [],
    },
    files: {},
    metrics: [],
    trainingRows: 0,
    comparison: undefined,
    gains: {},
  }
  const errors: SeriesErrors[] = []
  for (const [index, { block, folds }] of feasible.entries()) {
    await defineTarget(connection, request.sources, block)
    const onStep = (step: string, part: number) =>
      request.onStep?.(`days ${blockName(block)}: ${step}`, (index + part / STEPS) / feasible.length)
    errors.push(...(await trainBlock({ ...request, onStep }, block, folds, trained)))
  }
  trained.comparison = compare(errors, seed)
  return trained
}

async function trainBlock(
  request: TrainingRequest,
  block: HorizonBlock,
  { older, newer }: { older: Fold; newer: Fold },
  trained: TrainedDemand,
): Promise<SeriesErrors[]> {
  const { onStep = () => undefined } = request
  onStep('choosing the objective', 0)
  const chosen = await chooseParameters(request, older)
  onStep('judging', 2)
  const judged = await judge(request, newer, chosen)
  await request.onJudged?.({ block, fold: newer, ...judged.boosters, choice: judged.choice, margins: judged.margins })
  onStep('training the mean', 4)
  const all = await matrixThrough(request, request.through)
  const mean = await trainBooster(request, { ...chosen.mean, training: all })
  onStep('training the quantiles', 5)
  const quantiles = await trainBooster(request, { ...chosen.quantiles, training: all })
  const own: DemandBlock = {
    ...block,
    objective: chosen.mean.parameters.objective,
    rounds: { mean: mean.rounds, quantiles: quantiles.rounds },
    choice: judged.choice,
    margins: judged.margins,
  }
  const files = boosterFiles(block)
  trained.manifest.blocks.push(own)
  trained.files[files.mean] = mean.model
  trained.files[files.quantiles] = quantiles.model
  trained.metrics.push(...judged.metrics.map((metric) => ({ ...metric, horizon: blockName(block) })))
  trained.trainingRows += rowsOf(all)
  trained.gains[blockName(block)] = mean.gains
  return againstChampion(request, block, judged)
}

interface Fitted {
  parameters: BoosterParameters & { objective: string }
  rounds: number
}

/** The objective with the least squared error on the older fold, and how many rounds each booster takes there. */
async function chooseParameters(request: TrainingRequest, fold: Fold): Promise<{ mean: Fitted; quantiles: Fitted }> {
  const { seed } = request
  const training = await matrixThrough(request, fold.trainThrough)
  const judged = await readJudged(request.connection, judgedRows(request, fold))
  const validation: MatrixData = {
    features: modelFeatures,
    chunks: [{ values: judged.values, labels: judged.actual }],
  }
  const attempts: (Fitted & { error: number })[] = []
  for (const objective of [TWEEDIE, SQUARED_ERROR]) {
    const parameters = { ...trees, ...objective, eval_metric: 'rmse', seed }
    const attempt = await trainBooster(request, { parameters, ...MEAN_ROUNDS, training, validation })
    const error = attempt.history[attempt.rounds - 1]!.validation!
    attempts.push({ parameters, rounds: attempt.rounds, error })
  }
  const [mean] = attempts.sort((left, right) => left.error - right.error)
  const parameters = {
    ...trees,
    max_depth: 5,
    eta: 0.12,
    objective: 'reg:quantileerror',
    quantile_alpha: [...QUANTILES],
    seed,
  }
  const quantiles = await trainBooster(request, { parameters, ...QUANTILE_ROUNDS, training, validation })
  return { mean: mean!, quantiles: { parameters, rounds: quantiles.rounds } }
}

/** Forecasts of the newer fold by boosters that know nothing of it: what is chosen, calibrated and measured by. */
async function judge(request: TrainingRequest, fold: Fold, chosen: { mean: Fitted; quantiles: Fitted }) {
  const training = await matrixThrough(request, fold.trainThrough)
  const mean = await trainBooster(request, { ...chosen.mean, training })
  const quantile = await trainBooster(request, { ...chosen.quantiles, training })
  const rows = await readJudged(request.connection, judgedRows(request, fold))
  const means = await predictRows(request.xgboost, mean.model, rows)
  const quantiles = await predictRows(request.xgboost, quantile.model, rows)
  const forecasts = forecastByCandidate(rows, means)
  const choice = chooseBySegment(rows, forecasts)
  const margins = marginsBySegment(rows, quantiles)
  const forecast = forecastByChoice(rows, means, choice)
  const metrics = measureCandidates(rows, forecasts, forecast, calibrateRows(rows, quantiles, margins))
  const boosters = { mean: mean.model, quantiles: quantile.model, gains: mean.gains }
  return { rows, forecast, choice, margins, metrics, boosters }
}

/** Errors by series on the days that the champion was not trained on; the challenger's boosters know none of them either. */
async function againstChampion(
  { champion }: TrainingRequest,
  block: HorizonBlock,
  { rows, forecast }: { rows: ForecastRows; forecast: Float32Array },
): Promise<SeriesErrors[]> {
  const known = champion?.manifest.blocks.find(({ first }) => first === block.first)
  if (champion === undefined || known === undefined) return []
  const { mean } = await champion.forecast(known, rows)
  const seenThrough = Date.parse(`${champion.manifest.trainedThrough}T00:00:00Z`) / 86_400_000
  const errors = new Map<number, SeriesErrors>()
  for (let row = 0; row < rows.rows; row += 1) {
    if (rows.targetDay[row]! <= seenThrough) continue
    const sums = errors.get(rows.series[row]!) ?? { actual: 0, own: 0, champion: 0 }
    sums.actual += rows.actual[row]!
    sums.own += Math.abs(forecast[row]! - rows.actual[row]!)
    sums.champion += Math.abs(mean[row]! - rows.actual[row]!)
    errors.set(rows.series[row]!, sums)
  }
  return [...errors.values()]
}

async function predictRows(xgboost: Xgboost, model: Uint8Array, rows: ForecastRows): Promise<Float32Array> {
  const loaded = await xgboost.load(model)
  try {
    return (await loaded.predict(rows.values)).values
  } finally {
    await loaded.free()
  }
}

function trainBooster(
  { xgboost, signal }: TrainingRequest,
  { parameters, rounds, training, ...rest }: Fitted & Omit<Parameters<Xgboost['train']>[0], 'parameters' | 'rounds'>,
): Promise<TrainedModel> {
  return xgboost.train({ parameters, rounds, training, ...rest }, signal ? { signal } : {})
}

/** Rows whose day ahead had come by a day, from origins that are evenly spread over the past. */
async function matrixThrough(request: TrainingRequest, through: string): Promise<MatrixData> {
  const origins = thinOrigins(
    request.origins.filter((origin) => origin < through),
    ORIGINS_MAX,
  )
  const where = `origin_date in (${dates(origins)}) and target_date <= date ${literal(through)}`
  const rowsMax = request.rowsMax ?? ROWS_MAX
  return {
    features: modelFeatures,
    chunks: await readTraining(request.connection, { where, rowsMax, seed: request.seed }),
  }
}

const judgedRows = ({ seed, through, rowsMax = JUDGED_ROWS_MAX }: TrainingRequest, { judged }: Fold) => ({
  where: `origin_date in (${dates(judged)}) and target_date <= date ${literal(through)}`,
  rowsMax: Math.min(rowsMax, JUDGED_ROWS_MAX),
  seed,
})

const dates = (days: readonly string[]): string => days.map((day) => `date ${literal(day)}`).join(', ')

const rowsOf = ({ chunks }: MatrixData): number => chunks.reduce((sum, { labels }) => sum + labels!.length, 0)
