/** The slow-mover model as `trainModels` trains it: a random forest of XGBoost's, calibrated on series that it has not seen. */

import { addDays } from '../../contracts/calendar.ts'
import { thinOrigins } from '../../models/forecasting/plan.ts'
import {
  SLOW_MOVER_HORIZONS,
  type SlowMoverHorizon,
  type SlowMoverManifest,
  sellingDaysWanted,
} from '../../models/insights/slow-movers.ts'
import {
  assertFeatures,
  type FileStore,
  MANIFEST_FILE,
  readArtefact,
  readManifest,
} from '../../models/registry/artefact.ts'
import { averagePrecision, brierScore, calibrationError, rocAuc } from '../../models/registry/classifier-metrics.ts'
import type { SeriesErrors } from '../../models/registry/error-comparison.ts'
import { type Calibration, calibrated, fitIsotonic } from '../../models/statistics/isotonic.ts'
import { type DuckDBConnection, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { statement, statementsVersion } from '../../platform/postgres/sql.ts'
import { openXgboost, sharedVector, type TrainedModel, type Xgboost } from '../../platform/xgboost/xgboost.ts'
import type { Life } from '../activity-context.ts'
import { originFeatures } from '../assets/features/columns.ts'
import { dailySalesInput } from '../assets/features/daily-sales.ts'
import { demandInput, featuresDemand } from '../assets/features/demand.ts'
import { onlyRow } from '../assets/framework/work.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import { columnOf, readMatrix } from '../registry/columns.ts'
import { EVIDENCE_FILE, evidenceFile, type ModelEvidence } from '../registry/evidence.ts'
import { knownRows, type PinnedTable, pinTable } from '../registry/inputs.ts'
import { profileFeatures } from '../registry/profile.ts'
import { againstChampion, decidePromotion, type JudgedChampion } from '../registry/promotion.ts'
import { registerTrained } from '../registry/registration.ts'
import type { TellStep, TrainableModel, TrainedVersion, TrainRequest } from '../registry/trainable-model.ts'
import type { MetricRow } from '../registry/versions.ts'

export const slowMoversModel: TrainableModel = { name: 'slow_movers', learnsFrom: demandInput, train }

const BOOSTER_FILE = 'forest.json'
const SEED = 1
const WINDOW_DAYS = 200
const ORIGINS_MAX = 20
const JUDGED_ORIGINS = 4
/** Days before the first judged origin from which at least one origin must train. */
const HISTORY_DAYS_MIN = 7
const ROWS_MAX = 300_000
/** Series whose hash has this remainder calibrate, the others train. */
const CALIBRATING = 3
/** From this probability on a product is called a slow mover. */
const THRESHOLD = 0.5
const RELIABILITY_BINS = 10
/** Rows that SHAP values are computed of: each takes some milliseconds. */
const CONTRIBUTION_ROWS_MAX = 200

/** One round of many trees, each from a part of the rows: a random forest (Breiman 2001). */
const forestParameters = {
  objective: 'binary:logistic',
  eval_metric: 'logloss',
  num_parallel_tree: 120,
  eta: 1,
  max_depth: 10,
  min_child_weight: 5,
  subsample: 0.7,
  colsample_bynode: 0.4,
} as const

const classes = ['A', 'B', 'C'] as const
const whenClass = (of: (abc: (typeof classes)[number], index: number) => number) =>
  `case abc_class ${classes.map((abc, index) => `when '${abc}' then ${of(abc, index)}`).join(' ')} end`

/** What the booster reads of a row, by name: the features of the demand forecast, and the class that the label goes by. */
export const slowMoverInputs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(originFeatures.map((name) => [name, `"${name}"`])),
  abc: whenClass((_, index) => index),
}
const inputNames = Object.keys(slowMoverInputs)

/** @throws ApplicationFailure `TooLittleHistory` when there are too few days of features, or too few products */
async function train(
  dependencies: BatchDependencies,
  request: TrainRequest,
  life: Life,
  workflowId: string,
  onStep: TellStep,
): Promise<TrainedVersion> {
  const startedMs = performance.now()
  const { date, seed = SEED } = request
  const from = addDays(date, 1 - WINDOW_DAYS)
  const features = await pinTable(dependencies, demandInput, date, from)
  const daily = await pinTable(dependencies, dailySalesInput, date, from)
  const plan = planOrigins(features.days, daily.days, date)
  await using xgboost = openXgboost(dependencies.settings)
  return await withConnection(dependencies.duckdb, async (connection) => {
    const work: Work = { connection, xgboost, features, daily, plan, seed, life, asKnownAt: request.asKnownAt }
    onStep('judging', 0.05)
    await readRows(work, plan.trainingForJudged)
    const judging = await fitCalibrated(work)
    await readRows(work, plan.judged)
    const judged = await judge(work, judging)
    const champion = await judgeChampion(dependencies, work, judged)
    onStep('training', 0.5)
    await readRows(work, plan.training)
    const final = await fitCalibrated(work)
    const evidence = await evidenceOf(work, judged, final)
    onStep('registering', 1)
    const manifest: SlowMoverManifest = {
      model: 'slow_movers',
      features: inputNames,
      horizonDays: plan.horizonDays,
      seed,
      calibration: final.calibration,
      threshold: THRESHOLD,
      trainedThrough: plan.through,
      lastOrigin: plan.training.at(-1)!,
    }
    const version = await registerTrained(
      dependencies,
      {
        model: 'slow_movers',
        trainedFrom: plan.training[0]!,
        trainedThrough: plan.through,
        seed,
        workflowId,
        codeVersion: statementsVersion(
          ['insights/slow_mover_rows.sql'],
          JSON.stringify([forestParameters, slowMoverInputs]),
          featuresDemand.codeVersion,
        ),
        parameters: { ...forestParameters, horizonDays: plan.horizonDays, threshold: THRESHOLD },
        inputs: { [demandInput.table]: features.version, [dailySalesInput.table]: daily.version },
        trainingRows: final.rows,
        durationMs: performance.now() - startedMs,
        metrics: judged.metrics,
        files: {
          [BOOSTER_FILE]: final.trained.model,
          [EVIDENCE_FILE]: evidenceFile(evidence),
          [MANIFEST_FILE]: JSON.stringify(manifest, null, 2),
        },
        decision: decidePromotion({
          measure: 'Brier score',
          own: brierScore(judged.labels, judged.probabilities),
          naive: { name: 'days since the last sale', value: brierScore(judged.labels, judged.naive) },
          isLessBetter: true,
          ...(champion && { champion }),
          rule: 'clearly_better',
          seed,
        }),
      },
      life.signal,
    )
    return { ...version, date }
  })
}

interface OriginPlan {
  horizonDays: SlowMoverHorizon
  /** The last day whose sales are known. */
  through: string
  judged: string[]
  /** Origins whose horizon is over before the first judged one. */
  trainingForJudged: string[]
  training: string[]
}

/** The longest horizon that leaves origins to train on before those that judge. */
function planOrigins(origins: readonly string[], soldDays: readonly string[], date: string): OriginPlan {
  const through = soldDays.at(-1)
  for (const horizonDays of SLOW_MOVER_HORIZONS) {
    if (through === undefined) break
    const labelled = origins.filter((origin) => origin <= addDays(through, -horizonDays))
    const judged = labelled.slice(-2 * JUDGED_ORIGINS).filter((_, index) => index % 2 === 1)
    const before = labelled.filter((origin) => origin <= addDays(judged[0] ?? '', -horizonDays))
    if (judged.length < JUDGED_ORIGINS || before.length < HISTORY_DAYS_MIN) continue
    const training = thinOrigins(labelled, ORIGINS_MAX)
    return { horizonDays, through, judged, trainingForJudged: thinOrigins(before, ORIGINS_MAX), training }
  }
  throw refuse(
    'TooLittleHistory',
    `slow_movers: ${origins.length} days of features/demand up to ${date} are too few: two weeks ahead need about 45; \`shelfline backfill run --assets features/demand --from … --to ${date}\``,
  )
}

interface Work {
  connection: DuckDBConnection
  xgboost: Xgboost
  features: PinnedTable
  daily: PinnedTable
  plan: OriginPlan
  seed: number
  life: Life
  asKnownAt: string | undefined
}

/** Makes the temporary table `slow_mover_row` of some origins. */
async function readRows({ connection, features, daily, plan, seed, asKnownAt }: Work, origins: readonly string[]) {
  const days = origins.map((day) => `date ${literal(day)}`).join(', ')
  await connection.run(
    statement('insights/slow_mover_rows.sql', {
      features: `(select * from ${features.relation} where date in (${days}))`,
      daily: knownRows(daily, 'known_on', asKnownAt),
      horizon_days: String(plan.horizonDays),
      wanted: whenClass((abc) => sellingDaysWanted(abc, plan.horizonDays)),
      inputs: Object.entries(slowMoverInputs)
        .map(([name, definition]) => `(${definition})::float as "${name}"`)
        .join(', '),
      rows_max: String(ROWS_MAX),
      seed: String(seed),
    }),
  )
}

interface Fitted {
  trained: TrainedModel
  calibration: Calibration
  /** The same of the days since the last sale alone. */
  naive: Calibration
  rows: number
}

async function fitCalibrated(work: Work): Promise<Fitted> {
  const { xgboost, seed, life } = work
  const training = await readPart(work, `quarter <> ${CALIBRATING}`)
  const held = await readPart(work, `quarter = ${CALIBRATING}`)
  if (training.labels.length === 0 || held.labels.length === 0) {
    throw refuse('TooLittleHistory', 'slow_movers: there are too few products to train and to calibrate')
  }
  const trained = await xgboost.train(
    {
      parameters: { ...forestParameters, seed },
      rounds: 1,
      training: { features: inputNames, chunks: [{ values: training.values, labels: training.labels }] },
    },
    { signal: life.signal },
  )
  const calibration = fitIsotonic(held.labels, await predict(xgboost, trained.model, held.values))
  const naive = fitIsotonic(held.labels, held.daysSinceSale)
  return { trained, calibration, naive, rows: training.labels.length + held.labels.length }
}

interface Part {
  values: Float32Array
  labels: Float32Array
  daysSinceSale: Float32Array
  series: Float32Array
}

async function readPart({ connection }: Work, where: string): Promise<Part> {
  const width = inputNames.length
  const columns = [...inputNames.map((name) => `"${name}"`), 'is_slow', 'days_since_sale', 'series']
  const all = await readMatrix(connection, `(select * from slow_mover_row where ${where})`, columns)
  const rows = all.length / columns.length
  const values = sharedVector(rows * width)
  for (let row = 0; row < rows; row += 1) {
    values.set(all.subarray(row * columns.length, row * columns.length + width), row * width)
  }
  const [labels, daysSinceSale, series] = [0, 1, 2].map((index) => columnOf(all, columns.length, width + index))
  return { values, labels: labels!, daysSinceSale: daysSinceSale!, series: series! }
}

async function predict(xgboost: Xgboost, model: Uint8Array, values: Float32Array): Promise<Float32Array> {
  const loaded = await xgboost.load(model)
  try {
    return (await loaded.predict(values)).values
  } finally {
    await loaded.free()
  }
}

interface Judged extends Part {
  probabilities: Float64Array
  /** By the days since the last sale alone, calibrated the same way. */
  naive: Float64Array
  metrics: MetricRow[]
}

async function judge(work: Work, { trained, calibration, naive: calibrationOfDays }: Fitted): Promise<Judged> {
  const part = await readPart(work, 'true')
  const scores = await predict(work.xgboost, trained.model, part.values)
  const probabilities = Float64Array.from(scores, (score) => calibrated(calibration, score))
  const naive = Float64Array.from(part.daysSinceSale, (days) => calibrated(calibrationOfDays, days))
  const metrics = [
    ...measure('chosen', part.labels, probabilities, work.plan.horizonDays),
    ...measure('days_since_sale', part.labels, naive, work.plan.horizonDays),
  ]
  return { ...part, probabilities, naive, metrics }
}

function measure(candidate: string, labels: Float32Array, probabilities: Float64Array, days: number): MetricRow[] {
  const values = {
    auc: rocAuc(labels, probabilities),
    pr_auc: averagePrecision(labels, probabilities),
    brier: brierScore(labels, probabilities),
    calibration_error: calibrationError(labels, probabilities),
  }
  return Object.entries(values).flatMap(([metric, value]) =>
    value === undefined
      ? []
      : [{ candidate, segment: 'all', horizon: `1-${days}`, metric, value, rows: labels.length }],
  )
}

/** Squared errors by series, where the champion looks as far ahead and has seen none of the actual sales. */
const judgeChampion = (
  dependencies: BatchDependencies,
  { xgboost, plan, life }: Work,
  { values, labels, probabilities, series }: Judged,
): Promise<JudgedChampion | undefined> =>
  againstChampion(dependencies, 'slow_movers', life.signal, async (champion) => {
    const { manifest, booster } = await openSlowMovers(dependencies.objectStore, champion.artefact)
    if (manifest.lastOrigin >= plan.judged[0]!) return []
    if (manifest.horizonDays !== plan.horizonDays) return undefined
    const scores = await predict(xgboost, booster, values)
    const errors = new Map<number, SeriesErrors>()
    for (const [row, label] of labels.entries()) {
      const sums = errors.get(series[row]!) ?? { actual: 0, own: 0, champion: 0 }
      sums.actual += 1
      sums.own += (probabilities[row]! - label) ** 2
      sums.champion += (calibrated(manifest.calibration, scores[row]!) - label) ** 2
      errors.set(series[row]!, sums)
    }
    return [...errors.values()]
  })

async function evidenceOf(
  { connection, xgboost, features, plan }: Work,
  { values, labels, probabilities }: Judged,
  { trained }: Fitted,
): Promise<ModelEvidence> {
  const { rows } = await onlyRow(connection, `select count(*) as rows from ${features.relation}`)
  const moved = await meanContributions(xgboost, trained.model, values)
  return {
    measured: { from: plan.judged[0]!, through: plan.through },
    calibration: reliability(labels, probabilities),
    ...(Number(rows) > 0 && { profiles: await profileFeatures(connection, features.relation, originFeatures) }),
    importance: inputNames
      .map((feature, column) => ({ feature, gain: trained.gains[feature] ?? 0, shap: moved[column]! }))
      .sort((one, other) => other.shap - one.shap),
  }
}

/** By feature, the mean of its absolute SHAP values over some rows. */
async function meanContributions(xgboost: Xgboost, model: Uint8Array, values: Float32Array): Promise<number[]> {
  const width = inputNames.length
  const rows = values.length / width
  const step = Math.max(1, Math.ceil(rows / CONTRIBUTION_ROWS_MAX))
  const drawn = new Float32Array(Math.ceil(rows / step) * width)
  for (let row = 0; row < drawn.length / width; row += 1) {
    drawn.set(values.subarray(row * step * width, (row * step + 1) * width), row * width)
  }
  const loaded = await xgboost.load(model)
  try {
    const { values: moved, columns } = await loaded.contributions(drawn)
    return inputNames.map((_, column) => {
      const own = columnOf(moved, columns, column)
      return own.reduce((sum, value) => sum + Math.abs(value), 0) / own.length
    })
  } finally {
    await loaded.free()
  }
}

/** Over equally full bins: the mean prediction, and the share that was so. */
function reliability(labels: Float32Array, probabilities: Float64Array) {
  const order = [...labels.keys()].sort((one, other) => probabilities[one]! - probabilities[other]!)
  const size = Math.ceil(order.length / RELIABILITY_BINS)
  const mean = (rows: readonly number[], values: ArrayLike<number>) =>
    rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length
  return Array.from({ length: Math.ceil(order.length / size) }, (_, bin) => {
    const rows = order.slice(bin * size, (bin + 1) * size)
    return { level: mean(rows, probabilities), share: mean(rows, labels), rows: rows.length }
  })
}

/** @throws ModelUnusable when a file is missing, or the booster reads other features than this code makes */
export async function openSlowMovers(
  files: FileStore,
  artefact: string,
): Promise<{ manifest: SlowMoverManifest; booster: Uint8Array }> {
  const manifest = await readManifest<SlowMoverManifest>(files, artefact)
  assertFeatures(artefact, manifest.features, inputNames)
  return { manifest, booster: await readArtefact(files, artefact, BOOSTER_FILE) }
}
