/** Trains the demand model: chooses by rolling-origin validation, calibrates, measures, and fits once more on all days. */
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
import {
  type BoosterParameters,
  type MatrixChunk,
  sharedVector,
  type TrainedModel,
  type Xgboost,
} from '../platform/xgboost.ts'
import { refuse } from './failures.ts'
import {
  type DatasetSources,
  defineLabels,
  defineTarget,
  type ForecastRows,
  featuresWith,
  NO_COVARIATES,
  readJudged,
  readTraining,
  type TrainingChunk,
} from './forecast-dataset.ts'
import type { RowForecasts } from './forecast-model.ts'
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
  /** The booster of the mean, as XGBoost's own JSON. */
  mean: Uint8Array
  /** Mean gain of the splits on each feature, for the mean. */
  gains: Record<string, number>
  forecast(rows: ForecastRows): Promise<RowForecasts>
}

export interface TrainedDemand {
  manifest: DemandManifest
  /** The artefact's files by name, without the manifest. */
  files: Record<string, Uint8Array>
  metrics: (Metric & { horizon: string })[]
  trainingRows: number
  /** By block: the mean gain of the splits on each feature, for the mean. */
  gains: Record<string, Record<string, number>>
}

const ROWS_MAX = 250_000
const JUDGED_ROWS_MAX = 100_000
/** What is chosen by trying, and the quantiles, of which seven are as many trees, are learnt from fewer rows. */
const TRIED_ROWS_MAX = 100_000
const QUANTILE_ROWS_MAX = 80_000
const ORIGINS_MAX = 60

/**
 * Boosters learn what sold relative to the series' level, so that a small series teaches a large one. A row weighs as much
 * as its deviance would in units: level^(2 − p). With squared error (p = 1) the forecasts of a leaf then add up to its sales.
 */
interface Objective {
  parameters: BoosterParameters & { objective: string }
  levelPower: number
}
const TWEEDIE: Objective = { parameters: { objective: 'reg:tweedie', tweedie_variance_power: 1.3 }, levelPower: 0.7 }
const SQUARED_ERROR: Objective = { parameters: { objective: 'reg:squarederror' }, levelPower: 1 }
const QUANTILE_ERROR: Objective = {
  parameters: { objective: 'reg:quantileerror', quantile_alpha: [...QUANTILES] },
  levelPower: 1,
}

const trees = {
  max_depth: 6,
  min_child_weight: 10,
  subsample: 0.8,
  colsample_bytree: 0.6,
  eta: 0.08,
} as const
const quantileTrees = { ...trees, max_depth: 4, eta: 0.2 } as const
const MEAN_ROUNDS = { rounds: 300, earlyStoppingRounds: 20 } as const
const QUANTILE_ROUNDS = { rounds: 60, earlyStoppingRounds: 8 } as const
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
      features: featuresWith(request.sources.covariates),
      covariates: covariateNames(request.sources),
      quantiles: [...QUANTILES],
      seed,
      trainedThrough: through,
      blocks: [],
    },
    files: {},
    metrics: [],
    trainingRows: 0,
    gains: {},
  }
  for (const [index, { block, folds }] of feasible.entries()) {
    await defineTarget(connection, request.sources, block)
    const onStep = (step: string, part: number) =>
      request.onStep?.(`days ${blockName(block)}: ${step}`, (index + part / STEPS) / feasible.length)
    await trainBlock({ ...request, onStep }, block, folds, trained)
  }
  return trained
}

async function trainBlock(
  request: TrainingRequest,
  block: HorizonBlock,
  { older, newer }: { older: Fold; newer: Fold },
  trained: TrainedDemand,
): Promise<void> {
  const { onStep = () => undefined } = request
  onStep('choosing the objective', 0)
  const chosen = await chooseParameters(request, older)
  onStep('judging', 2)
  const judged = await judge(request, newer, chosen)
  await request.onJudged?.({ block, fold: newer, ...judged.model })
  onStep('training the mean', 4)
  const all = await chunksThrough(request, request.through)
  const mean = await trainBooster(request, chosen.mean, all)
  onStep('training the quantiles', 5)
  const quantiles = await trainBooster(request, chosen.quantiles, thinRows(all, QUANTILE_ROWS_MAX))
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
}

interface Fitted {
  objective: Objective
  parameters: BoosterParameters & { objective: string }
  rounds: number
}

/** The objective with the least squared error on the older fold, and how many rounds each booster takes there. */
async function chooseParameters(request: TrainingRequest, fold: Fold): Promise<{ mean: Fitted; quantiles: Fitted }> {
  const training = await chunksThrough(request, fold.trainThrough)
  const judged = await readJudged(request.connection, featuresOf(request), judgedRows(request, fold))
  const validation = { ...judged, sold: judged.actual }
  const tried = thinRows(training, TRIED_ROWS_MAX)
  const attempts: (Fitted & { error: number })[] = []
  for (const objective of [TWEEDIE, SQUARED_ERROR]) {
    const parameters = { ...trees, ...objective.parameters, eval_metric: 'rmse', seed: request.seed }
    const attempt = await trainBooster(request, { objective, parameters, ...MEAN_ROUNDS }, tried, validation)
    const error = attempt.history[attempt.rounds - 1]!.validation!
    attempts.push({ objective, parameters, rounds: attempt.rounds, error })
  }
  const [mean] = attempts.sort((left, right) => left.error - right.error)
  const objective = QUANTILE_ERROR
  const parameters = { ...quantileTrees, ...objective.parameters, seed: request.seed }
  const quantiles = await trainBooster(
    request,
    { objective, parameters, ...QUANTILE_ROUNDS },
    thinRows(tried, QUANTILE_ROWS_MAX),
    validation,
  )
  return { mean: mean!, quantiles: { objective, parameters, rounds: quantiles.rounds } }
}

/** Forecasts of the newer fold by boosters that know nothing of it: what is chosen, calibrated and measured by. */
async function judge(request: TrainingRequest, fold: Fold, chosen: { mean: Fitted; quantiles: Fitted }) {
  const training = await chunksThrough(request, fold.trainThrough)
  const mean = await trainBooster(request, chosen.mean, training)
  const quantile = await trainBooster(request, chosen.quantiles, thinRows(training, QUANTILE_ROWS_MAX))
  const rows = await readJudged(request.connection, featuresOf(request), judgedRows(request, fold))
  const means = await predictRows(request.xgboost, mean.model, rows)
  const quantiles = await predictRows(request.xgboost, quantile.model, rows)
  const forecasts = forecastByCandidate(rows, means)
  const choice = chooseBySegment(rows, forecasts)
  const margins = marginsBySegment(rows, quantiles)
  const forecast = forecastByChoice(rows, means, choice)
  const metrics = measureCandidates(rows, forecasts, forecast, calibrateRows(rows, quantiles, margins))
  const model = {
    mean: mean.model,
    gains: mean.gains,
    forecast: async (others: ForecastRows): Promise<RowForecasts> => ({
      mean: forecastByChoice(others, await predictRows(request.xgboost, mean.model, others), choice),
      quantiles: calibrateRows(others, await predictRows(request.xgboost, quantile.model, others), margins),
    }),
  }
  return { choice, margins, metrics, model }
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
  { xgboost, signal, sources }: TrainingRequest,
  { objective, ...fitted }: Fitted & { earlyStoppingRounds?: number },
  training: readonly TrainingChunk[],
  validation?: TrainingChunk,
): Promise<TrainedModel> {
  const features = featuresWith(sources.covariates)
  const wanted = {
    ...fitted,
    training: { features, chunks: training.map((chunk) => labelled(chunk, objective.levelPower)) },
    // Every objective is judged by the same error: squared, in units, of series of every size.
    ...(validation && { validation: { features, chunks: [labelled(validation, 1)] } }),
  }
  return xgboost.train(wanted, signal ? { signal } : {})
}

/** What sold by level and by the part of the day that was in stock; a row weighs as much as that part. */
function labelled({ values, sold, level, inStockShare }: TrainingChunk, levelPower: number): MatrixChunk {
  const rows = sold.length
  const labels = sharedVector(rows)
  const weights = sharedVector(rows)
  for (let row = 0; row < rows; row += 1) {
    labels[row] = sold[row]! / (level[row]! * inStockShare[row]!)
    weights[row] = level[row]! ** levelPower * inStockShare[row]!
  }
  return { values, labels, weights }
}

const featuresOf = ({ sources }: TrainingRequest): string[] => featuresWith(sources.covariates)

const covariateNames = ({ covariates = { relation: '', ...NO_COVARIATES } }: DatasetSources) => {
  const { relation: _, ...names } = covariates
  return names
}

/** Rows whose day ahead had come by a day, from origins that are evenly spread over the past. */
async function chunksThrough(request: TrainingRequest, through: string): Promise<TrainingChunk[]> {
  const origins = thinOrigins(
    request.origins.filter((origin) => origin < through),
    ORIGINS_MAX,
  )
  const where = `origin_date in (${dates(origins)}) and target_date <= date ${literal(through)}`
  const rowsMax = request.rowsMax ?? ROWS_MAX
  return readTraining(request.connection, featuresOf(request), { where, rowsMax, seed: request.seed })
}

const judgedRows = ({ seed, through, rowsMax = JUDGED_ROWS_MAX }: TrainingRequest, { judged }: Fold) => ({
  where: `origin_date in (${dates(judged)}) and target_date <= date ${literal(through)}`,
  rowsMax: Math.min(rowsMax, JUDGED_ROWS_MAX),
  seed,
})

const dates = (days: readonly string[]): string => days.map((day) => `date ${literal(day)}`).join(', ')

/** As many rows as `rowsMax`, evenly spread over stores and products, by which they are in order. */
function thinRows(chunks: readonly TrainingChunk[], rowsMax: number): readonly TrainingChunk[] {
  const rows = rowsOf(chunks)
  if (rows <= rowsMax) return chunks
  let seen = 0
  return chunks.flatMap((chunk) => {
    const kept: number[] = []
    for (let row = 0; row < chunk.sold.length; row += 1, seen += 1) {
      // A row is kept where the running share of rows to keep reaches the next whole number.
      if (Math.floor(((seen + 1) * rowsMax) / rows) > Math.floor((seen * rowsMax) / rows)) kept.push(row)
    }
    return kept.length === 0 ? [] : [rowsAt(chunk, kept)]
  })
}

function rowsAt({ values, sold, level, inStockShare }: TrainingChunk, rows: readonly number[]): TrainingChunk {
  const width = values.length / sold.length
  const own = sharedVector(rows.length * width)
  for (const [at, row] of rows.entries()) own.set(values.subarray(row * width, (row + 1) * width), at * width)
  const pick = (vector: Float32Array) => Float32Array.from(rows, (row) => vector[row]!)
  return { values: own, sold: pick(sold), level: pick(level), inStockShare: pick(inStockShare) }
}

const rowsOf = (chunks: readonly TrainingChunk[]): number => chunks.reduce((sum, { sold }) => sum + sold.length, 0)
