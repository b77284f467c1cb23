/**
 * Trains the demand model: chooses and reads quantiles off days that are held out, and fits once more on all days. What is judged
 * was trained in the same way without the last days, and is measured on these.
 */
import { dayNumber } from '../../contracts/calendar.ts'
import {
  type Base,
  boosterFile,
  type DemandBlock,
  type DemandManifest,
  type Member,
} from '../../models/forecasting/model.ts'
import {
  blockName,
  blocksFor,
  type Fold,
  foldOf,
  foldsBefore,
  HALF_LIVES_DAYS,
  type HorizonBlock,
  QUANTILES,
  trialOf,
} from '../../models/forecasting/plan.ts'
import { type DuckDBConnection, literal } from '../../platform/duckdb/duckdb.ts'
import {
  type BoosterParameters,
  type LoadedMatrix,
  type LoadedModel,
  sharedVector,
  type TrainedModel,
  type Xgboost,
} from '../../platform/xgboost/xgboost.ts'
import { refuse } from '../failures.ts'
import {
  type DatasetSources,
  type DrawnLabels,
  defineLabels,
  defineTarget,
  type ForecastRows,
  featuresWith,
  joined,
  type Labels,
  NO_COVARIATES,
  readJudged,
  readTraining,
} from './dataset.ts'
import { boostedUnits, spreadAround } from './model.ts'
import {
  baseOf,
  countedLevels,
  fitRowQuantiles,
  forecastByCandidate,
  forecastByWeights,
  type JudgedFold,
  type Metric,
  measureCandidates,
  type RowForecasts,
  weighBySegment,
} from './scoring.ts'

export interface TrainingRequest {
  connection: DuckDBConnection
  xgboost: Xgboost
  sources: DatasetSources
  /** Rows of features/daily_sales, for the actual sales. */
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
  /** Called with what begins, and which part of all is done, 0 to 1. */
  onStep?: (step: string, done: number) => void
  /**
   * Given each block as it was trained without the days that judge it, while the view `target` has the block's days ahead. With it
   * every block is trained twice, and one that has too few days to be judged has no metrics.
   */
  onTried?: (tried: TriedBlock) => Promise<void>
}

/** A block as it would have been trained on an earlier day: all of it may be measured on the days after. */
export interface TriedBlock {
  block: HorizonBlock
  /** The last day that any part of it has seen, and the origins that it is judged by. */
  trial: Fold
  /** The first booster of the mean, as XGBoost's own JSON. */
  mean: Uint8Array
  /** Mean gain of its splits on each feature. */
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

const ROWS_MAX = 100_000
const JUDGED_ROWS_MAX = 40_000

/**
 * Boosters learn what sold relative to the series' level, so that a small series teaches a large one. A row weighs as much
 * as its deviance would in units: level^(2 − p), of levels as they count. With squared error (p = 1) the forecasts of a leaf
 * then add up to its sales.
 */
interface Objective {
  parameters: BoosterParameters & { objective: string }
  levelPower: number
}
const TWEEDIE: Objective = { parameters: { objective: 'reg:tweedie', tweedie_variance_power: 1.1 }, levelPower: 0.9 }
const SQUARED_ERROR: Objective = { parameters: { objective: 'reg:squarederror' }, levelPower: 1 }

const trees = {
  max_depth: 6,
  max_bin: 64,
  min_child_weight: 10,
  subsample: 0.8,
  colsample_bytree: 0.5,
  eta: 0.12,
} as const
/** Few rows are learned from in small steps: it is cheap. */
const FEW_ROWS = 30_000
const treesFor = (rows: number) =>
  rows > FEW_ROWS ? trees : { ...trees, eta: 0.05, max_depth: 5, min_child_weight: 5 }
/** Of a block's training, what comes before the last two: nine trainings of eleven. */
const SELECTION_SHARE = 0.8
const ROUNDS = { rounds: 400, evaluationRounds: 10, earlyStoppingRounds: 30 } as const

/** @throws ApplicationFailure `TooLittleHistory` when there are too few days for any block */
export async function trainDemand(request: TrainingRequest): Promise<TrainedDemand> {
  const { connection, origins, through, seed, horizonDays } = request
  const feasible = blocksFor(horizonDays, request.sources.frequency).flatMap((block) => {
    const fold = foldOf(origins, through, block, request.sources.frequency)
    return fold ? [{ block, fold }] : []
  })
  if (feasible.length === 0) throw tooShort(request)
  await defineLabels(connection, request.daily, request.knownThrough)
  const trained: TrainedDemand = {
    manifest: {
      model: 'demand',
      features: featuresOf(request),
      ...(request.sources.hasHistory && { hasHistory: true }),
      ...(request.sources.frequency && { frequency: request.sources.frequency }),
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
  for (const [index, { block, fold }] of feasible.entries()) {
    await defineTarget(connection, request.sources, block)
    const stepsOf = (from: number, to: number) => (step: string, part: number) =>
      request.onStep?.(`days ${blockName(block)}: ${step}`, (index + from + part * (to - from)) / feasible.length)
    const half = request.onTried ? 0.5 : 0
    if (request.onTried) await judgeBlock({ ...request, onStep: stepsOf(0, half) }, request.onTried, block, trained)
    addBlock(trained, await trainBlock({ ...request, onStep: stepsOf(half, 1) }, block, fold))
  }
  if (request.onTried && trained.metrics.length === 0) throw tooShort(request)
  return trained
}

/** Of three weeks one is trained on, one chosen on, and one forecast; a fourth judges. */
const tooShort = ({ origins, through, onTried }: TrainingRequest): Error =>
  refuse(
    'TooLittleHistory',
    onTried
      ? `demand: features of ${origins.length} days up to ${through} are too few to train a model and judge it on days that it was not trained on: forecasts of a week need four weeks`
      : `demand: features of ${origins.length} days up to ${through} are too few to train and evaluate: forecasts of a week need three weeks`,
  )

function addBlock(trained: TrainedDemand, { block, models, gains, rows }: TrainedBlock): void {
  trained.manifest.blocks.push(block)
  for (const [member, model] of models.entries()) trained.files[boosterFile(block, member)] = model
  trained.trainingRows += rows
  trained.gains[blockName(block)] = gains
}

/** Trains a block as of the day before those that judge it, and measures it on them. */
async function judgeBlock(
  request: TrainingRequest,
  onTried: (tried: TriedBlock) => Promise<void>,
  block: HorizonBlock,
  trained: TrainedDemand,
): Promise<void> {
  const { origins, through, sources } = request
  const { frequency } = sources
  const trial = trialOf(origins, through, block, frequency)
  if (trial === undefined) return
  const earlier = {
    ...request,
    origins: origins.filter((origin) => origin <= trial.trainThrough),
    through: trial.trainThrough,
    onStep: (step: string, part: number) => request.onStep?.(`evaluation, ${step}`, part),
  }
  const fold = foldOf(earlier.origins, earlier.through, block, frequency)!
  const { models, gains, block: tried } = await trainBlock(earlier, block, fold)
  const rows = await readJudged(request.connection, featuresOf(request), judgedRows(request, trial))
  const boosted = await boost(request.xgboost, models, tried.members, rows)
  const forecast = forecastByWeights(rows, boosted, tried.weights)
  const spread = spreadAround(rows, forecast, tried.quantiles)
  const metrics = measureCandidates(rows, forecastByCandidate(rows, boosted), spread)
  trained.metrics.push(...metrics.map((metric) => ({ ...metric, horizon: blockName(block) })))
  await onTried({
    block,
    trial,
    mean: models[0]!,
    gains,
    forecast: async (others) => {
      const units = await boost(request.xgboost, models, tried.members, others)
      return spreadAround(others, forecastByWeights(others, units, tried.weights), tried.quantiles)
    },
  })
}

interface TrainedBlock {
  block: DemandBlock
  /** The boosters of the mean, as XGBoost's own JSON. */
  models: Uint8Array[]
  /** Of the first one. */
  gains: Record<string, number>
  /** That they were trained on. */
  rows: number
}

/** Chooses, weighs and reads quantiles off by folds, and fits once more on all days up to `through`. */
async function trainBlock(request: TrainingRequest, block: HorizonBlock, fold: Fold): Promise<TrainedBlock> {
  const { onStep = () => undefined } = request
  onStep('selection', 0)
  const rows = await loadRows(request)
  try {
    const { fitted, weights, quantiles } = await choose(request, rows, block, fold)
    onStep('training on all days', SELECTION_SHARE)
    const trained: TrainedModel[] = []
    for (const member of fitted) trained.push(await trainBooster(request, member, rows, request.through))
    const members = fitted.map(
      ({ base, objective, halfLifeDays, rounds }): Member => ({
        base,
        objective: objective.parameters.objective,
        halfLifeDays,
        rounds,
      }),
    )
    return {
      block: { ...block, members, weights, quantiles },
      models: trained.map(({ model }) => model),
      gains: trained[0]!.gains,
      rows: rows.sold.length,
    }
  } finally {
    await request.xgboost.free(rows.matrix)
  }
}

/** What boosters of a block are trained on: binned once, and labelled again for each. */
interface TrainingRows extends DrawnLabels {
  matrix: LoadedMatrix
}

interface Fitted {
  base: Base
  objective: Objective
  parameters: BoosterParameters & { objective: string }
  halfLifeDays: number
  rounds: number
}

/**
 * How many rounds the boosters have, by the newest fold; by which weights the candidates are combined, and how actual values spread
 * around it, by that fold and some before it: of each by boosters that were not trained on it.
 */
async function choose(request: TrainingRequest, training: TrainingRows, block: HorizonBlock, newest: Fold) {
  const { origins, through, sources, xgboost } = request
  const rows = await readJudged(request.connection, featuresOf(request), judgedRows(request, newest))
  const attempts = await chooseBoosters(request, training, newest, rows)
  const fitted = attempts.map((attempt) => attempt.fitted)
  const judge = async (judged: ForecastRows, models: readonly Uint8Array[]) => {
    const boosted = await boost(xgboost, models, fitted, judged)
    return { rows: judged, boosted, forecasts: forecastByCandidate(judged, boosted) }
  }
  const folds: (JudgedFold & { boosted: Float32Array[] })[] = [
    await judge(
      rows,
      attempts.map(({ booster }) => booster.model),
    ),
  ]
  for (const earlier of foldsBefore(origins, through, block, sources.frequency)) {
    request.signal?.throwIfAborted()
    const models: Uint8Array[] = []
    for (const member of fitted) {
      const { model } = await trainBooster(request, member, training, earlier.trainThrough)
      models.push(model)
    }
    const before = await readJudged(request.connection, featuresOf(request), judgedRows(request, earlier))
    folds.push(await judge(before, models))
  }
  const weights = weighBySegment(folds)
  const held = folds.map((own) => ({ rows: own.rows, mean: forecastByWeights(own.rows, own.boosted, weights) }))
  return { fitted, weights, quantiles: fitRowQuantiles(held) }
}

/** Those of `MEMBERS`: one relative to the level, by the better half-life; one to the level of the season, by the longer one. */
async function chooseBoosters(
  request: TrainingRequest,
  training: TrainingRows,
  { trainThrough }: Fold,
  judged: ForecastRows,
): Promise<Attempt[]> {
  const attempt = async (base: Base, objective: Objective, halfLifeDays: number): Promise<Attempt> => {
    const parameters = {
      ...treesFor(training.sold.length),
      ...objective.parameters,
      eval_metric: 'rmse',
      seed: request.seed,
    }
    const wanted = { base, objective, parameters, halfLifeDays, ...ROUNDS }
    const booster = await trainBooster(request, wanted, training, trainThrough, judged)
    const error = booster.history.find(({ round }) => round === booster.rounds)!.validation!
    return { fitted: { base, objective, parameters, halfLifeDays, rounds: booster.rounds }, booster, error }
  }
  const byHalfLife: Attempt[] = []
  for (const halfLife of HALF_LIVES_DAYS) byHalfLife.push(await attempt('level', TWEEDIE, halfLife))
  const best = leastError(byHalfLife)
  const hasSeason = training.season.some((season) => season !== 1)
  return [best, await attempt('season', SQUARED_ERROR, hasSeason ? HALF_LIVES_DAYS.at(-1)! : best.fitted.halfLifeDays)]
}

interface Attempt {
  fitted: Fitted
  booster: TrainedModel
  /** Root of the mean squared error on the fold. */
  error: number
}

const leastError = (attempts: readonly Attempt[]): Attempt =>
  attempts.reduce((best, own) => (own.error < best.error ? own : best))

/** Forecasts of boosters that are not loaded, in units. */
async function boost(
  xgboost: Xgboost,
  models: readonly Uint8Array[],
  members: readonly Pick<Member, 'base'>[],
  rows: ForecastRows,
): Promise<Float32Array[]> {
  const loaded: LoadedModel[] = []
  try {
    for (const model of models) loaded.push(await xgboost.load(model))
    return await boostedUnits(loaded, members, rows)
  } finally {
    for (const booster of loaded) await booster.free()
  }
}

/**
 * @param through days after it teach nothing
 * @param judged what the metric is taken of
 */
function trainBooster(
  { xgboost, signal }: TrainingRequest,
  { base, objective, halfLifeDays, ...fitted }: Fitted & { evaluationRounds?: number; earlyStoppingRounds?: number },
  { matrix, ...rows }: TrainingRows,
  through: string,
  judged?: ForecastRows,
): Promise<TrainedModel> {
  const weights = countedDays(rows, dayNumber(through), halfLifeDays)
  const wanted = {
    evaluationRounds: fitted.rounds,
    ...fitted,
    training: { matrix, ...labelled(rows, base, objective.levelPower, weights) },
    // Every objective is judged by the same error: squared, in units, of series of every size.
    ...(judged && {
      validation: {
        features: matrix.features,
        chunks: [{ values: judged.values, ...labelled({ ...judged, sold: judged.actual }, base, 1) }],
      },
    }),
  }
  return xgboost.train(wanted, signal ? { signal } : {})
}

/**
 * What sold by what it is relative to and by the part of the day that was in stock; a row weighs as much as that part, and 1 in the mean,
 * so that the least weight of a leaf is a number of rows whatever the units are.
 *
 * @param counted what each row counts besides
 */
function labelled(
  { sold, inStockShare, ...relative }: Pick<Labels, 'sold' | 'level' | 'season' | 'inStockShare'>,
  base: Base,
  levelPower: number,
  counted?: Float32Array,
): { labels: Float32Array; weights: Float32Array } {
  const labels = sharedVector(sold.length)
  const weights = sharedVector(sold.length)
  const bases = baseOf(relative, base)
  const levels = countedLevels(bases)
  let sum = 0
  for (let row = 0; row < sold.length; row += 1) {
    labels[row] = sold[row]! / (bases[row]! * inStockShare[row]!)
    weights[row] = levels[row]! ** levelPower * inStockShare[row]!
    sum += weights[row]!
  }
  const scale = sold.length / sum
  for (let row = 0; row < sold.length; row += 1) weights[row] = weights[row]! * scale * (counted?.[row] ?? 1)
  return { labels, weights }
}

/** What a row counts by its age and by what it represents: nothing after the last day, else 1 in the mean. */
function countedDays({ targetDay, represents }: DrawnLabels, lastDay: number, halfLifeDays: number): Float32Array {
  const counted = targetDay.map((day, row) =>
    day > lastDay ? 0 : represents[row]! * 0.5 ** ((lastDay - day) / halfLifeDays),
  )
  const sum = counted.reduce((total, weight) => total + weight, 0)
  const rows = counted.reduce((total, weight) => total + (weight > 0 ? 1 : 0), 0)
  return counted.map((weight) => (weight * rows) / sum)
}

const featuresOf = ({ sources }: Pick<TrainingRequest, 'sources'>): string[] => featuresWith(sources)

const covariateNames = ({ covariates = { relation: '', ...NO_COVARIATES } }: DatasetSources) => {
  const { relation: _, ...names } = covariates
  return names
}

/** Rows whose day ahead has come. */
async function loadRows({ connection, xgboost, seed, ...request }: TrainingRequest): Promise<TrainingRows> {
  const origins = request.origins.filter((origin) => origin < request.through)
  const where = `origin_date in (${dates(origins)}) and target_date <= date ${literal(request.through)}`
  const features = featuresOf(request)
  const chunks = await readTraining(connection, features, { where, rowsMax: request.rowsMax ?? ROWS_MAX, seed })
  const matrix = await xgboost.matrix({ features, chunks }, trees.max_bin)
  return {
    matrix,
    sold: joined(chunks.map(({ sold }) => sold)),
    level: joined(chunks.map(({ level }) => level)),
    season: joined(chunks.map(({ season }) => season)),
    inStockShare: joined(chunks.map(({ inStockShare }) => inStockShare)),
    targetDay: joined(chunks.map(({ targetDay }) => targetDay)),
    represents: joined(chunks.map(({ represents }) => represents)),
  }
}

const judgedRows = ({ seed, through, rowsMax = JUDGED_ROWS_MAX }: TrainingRequest, { judged }: Fold) => ({
  where: `origin_date in (${dates(judged)}) and target_date <= date ${literal(through)}`,
  rowsMax: Math.min(rowsMax, JUDGED_ROWS_MAX),
  seed,
})

const dates = (days: readonly string[]): string => days.map((day) => `date ${literal(day)}`).join(', ')
