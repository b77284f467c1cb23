/**
 * Stock targets as `trainModels` trains them. The label is what really sold in the days that a stock must last; a line is
 * drawn for each service level, under which that share of it lies. Stock-outs in those days are not corrected for.
 */

import { addDays } from '../../contracts/calendar.ts'
import { thinOrigins } from '../../models/forecasting/plan.ts'
import { type FileStore, MANIFEST_FILE, readManifest } from '../../models/registry/artefact.ts'
import type { SeriesErrors } from '../../models/registry/error-comparison.ts'
import { pinball } from '../../models/registry/metrics.ts'
import {
  assertStockTargets,
  type DemandRates,
  PROTECTION_DAYS,
  PROTECTION_DAYS_MAX,
  SERVICE_LEVELS,
  type StockTargetModel,
  stockTargetFeatures,
  weightOf,
  writeStockTargetRow,
} from '../../models/replenishment/stock-targets.ts'
import { predictLine } from '../../models/statistics/quantile-regression.ts'
import { type DuckDBConnection, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { statement, statementsVersion } from '../../platform/postgres/sql.ts'
import type { Life } from '../activity-context.ts'
import { dailySalesInput } from '../assets/features/daily-sales.ts'
import { demandInput, featuresDemand } from '../assets/features/demand.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import { readMatrix } from '../registry/columns.ts'
import { EVIDENCE_FILE, evidenceFile } from '../registry/evidence.ts'
import { knownRows, type PinnedTable, pinTable } from '../registry/inputs.ts'
import { againstChampion, decidePromotion, type JudgedChampion } from '../registry/promotion.ts'
import { registerTrained } from '../registry/registration.ts'
import { runTask } from '../registry/thread.ts'
import type { TellStep, TrainableModel, TrainedVersion, TrainRequest } from '../registry/trainable-model.ts'
import type { MetricRow } from '../registry/versions.ts'

export const stockTargetsModel: TrainableModel = { name: 'stock_targets', learnsFrom: demandInput, train }

const SEED = 1
const WINDOW_DAYS = 150
const ORIGINS_MAX = 30
const JUDGED_ORIGINS = 7
const HISTORY_DAYS_MIN = 7
const ROWS_MAX = 200_000
const WIDTH = stockTargetFeatures.length
/** Standard normal quantiles of the service levels: what the naive way adds of the standard deviation. */
const NORMAL_QUANTILES: Readonly<Record<(typeof SERVICE_LEVELS)[number], number>> = {
  0.8: 0.8416,
  0.9: 1.2816,
  0.95: 1.6449,
  0.98: 2.0537,
}

/** @throws ApplicationFailure `TooLittleHistory` when there are too few days of features */
async function train(
  dependencies: BatchDependencies,
  { date, seed = SEED, asKnownAt }: TrainRequest,
  { signal }: Life,
  workflowId: string,
  onStep: TellStep,
): Promise<TrainedVersion> {
  const startedMs = performance.now()
  const from = addDays(date, 1 - WINDOW_DAYS)
  const features = await pinTable(dependencies, demandInput, date, from)
  const daily = await pinTable(dependencies, dailySalesInput, date, from)
  const plan = planOrigins(features.days, daily.days, date)
  return await withConnection(dependencies.duckdb, async (connection) => {
    onStep('reading', 0)
    await connection.run(statement('registry/demand_rates.sql', { features: features.relation }))
    const read = (origins: readonly string[]) => readRows(connection, { daily, origins, seed, asKnownAt })
    const draw = (rows: TargetRows, part: number) =>
      runTask(
        'fitQuantiles',
        { rows, width: WIDTH, levels: SERVICE_LEVELS },
        { signal, onDone: (done) => onStep('drawing lines', part + 0.4 * done) },
      )
    const judging = await draw(await read(plan.trainingForJudged), 0.1)
    const judged = await read(plan.judged)
    const metrics = [...measure('chosen', judged, lines(judging)), ...measure('normal', judged, normalQuantile)]
    const champion = await judgeChampion(dependencies, signal, judged, lines(judging), plan.judged[0]!)
    const all = await read(plan.training)
    const coefficients = await draw(all, 0.5)
    const model: StockTargetModel = {
      model: 'stock_targets',
      features: [...stockTargetFeatures],
      coefficients: Object.fromEntries(SERVICE_LEVELS.map((level, index) => [String(level), coefficients[index]!])),
      trainedThrough: plan.through,
      lastOrigin: plan.training.at(-1)!,
    }
    onStep('registering', 1)
    const version = await registerTrained(
      dependencies,
      {
        model: 'stock_targets',
        trainedFrom: plan.training[0]!,
        trainedThrough: plan.through,
        seed,
        workflowId,
        codeVersion: statementsVersion(
          ['registry/demand_rates.sql', 'insights/stock_target_rows.sql'],
          JSON.stringify([stockTargetFeatures, PROTECTION_DAYS]),
          featuresDemand.codeVersion,
        ),
        parameters: { levels: SERVICE_LEVELS, coefficients: model.coefficients },
        inputs: { [demandInput.table]: features.version, [dailySalesInput.table]: daily.version },
        trainingRows: all.targets.length,
        durationMs: performance.now() - startedMs,
        metrics,
        files: {
          [EVIDENCE_FILE]: evidenceFile({
            measured: { from: plan.judged[0]!, through: plan.through },
            calibration: coverageOf(judged, lines(judging)),
          }),
          [MANIFEST_FILE]: JSON.stringify(model, null, 2),
        },
        decision: decidePromotion({
          measure: 'pinball loss',
          own: meanPinball(judged, lines(judging)),
          naive: { name: 'mean and normal safety stock', value: meanPinball(judged, normalQuantile) },
          isLessBetter: true,
          ...(champion && { champion }),
          rule: 'clearly_better',
          seed,
        }),
      },
      signal,
    )
    return { ...version, date }
  })
}

interface OriginPlan {
  through: string
  judged: string[]
  trainingForJudged: string[]
  training: string[]
}

/** The newest origins whose longest interval is over judge; those whose interval ended before them train. */
function planOrigins(origins: readonly string[], soldDays: readonly string[], date: string): OriginPlan {
  const through = soldDays.at(-1) ?? ''
  const labelled = through === '' ? [] : origins.filter((origin) => origin <= addDays(through, -PROTECTION_DAYS_MAX))
  const judged = labelled.slice(-JUDGED_ORIGINS)
  const before = labelled.filter((origin) => origin <= addDays(judged[0] ?? date, -PROTECTION_DAYS_MAX))
  if (judged.length < JUDGED_ORIGINS || before.length < HISTORY_DAYS_MIN) {
    throw refuse(
      'TooLittleHistory',
      `stock_targets: ${origins.length} days of features/demand up to ${date} are too few: training and evaluation need about 45; \`shelfline backfill run --assets features/demand --from … --to ${date}\``,
    )
  }
  const trainingForJudged = thinOrigins(before, ORIGINS_MAX)
  return { through, judged, trainingForJudged, training: thinOrigins(labelled, ORIGINS_MAX) }
}

interface TargetRows {
  values: Float32Array
  /** What sold in the interval. */
  targets: Float32Array
  weights: Float32Array
  series: Float32Array
  days: Float32Array
  rate28: Float32Array
  deviation28: Float32Array
}

const columns = ['rate_7', 'rate_28', 'rate_56', 'deviation_28', 'trend_28', 'days', 'units', 'series'] as const

async function readRows(
  connection: DuckDBConnection,
  {
    daily,
    origins,
    seed,
    asKnownAt,
  }: { daily: PinnedTable; origins: readonly string[]; seed: number; asKnownAt: string | undefined },
): Promise<TargetRows> {
  await connection.run(
    statement('insights/stock_target_rows.sql', {
      daily: knownRows(daily, 'known_on', asKnownAt),
      days: `[${PROTECTION_DAYS.join(', ')}]`,
      where: `date in (${origins.map((day) => `date ${literal(day)}`).join(', ')})`,
      rows_max: String(ROWS_MAX),
      seed: String(seed),
    }),
  )
  const read = await readMatrix(connection, 'stock_target_row', columns)
  const count = read.length / columns.length
  const value = (row: number, column: (typeof columns)[number]) => read[row * columns.length + columns.indexOf(column)]!
  const vector = (of: (row: number) => number) => Float32Array.from({ length: count }, (_, row) => of(row))
  const days = vector((row) => value(row, 'days'))
  const values = new Float32Array(count * WIDTH)
  const weights = new Float32Array(count)
  for (let row = 0; row < count; row += 1) {
    const rates: DemandRates = {
      rate7: value(row, 'rate_7'),
      rate28: value(row, 'rate_28'),
      rate56: value(row, 'rate_56'),
      deviation28: value(row, 'deviation_28'),
      trend28: value(row, 'trend_28'),
    }
    writeStockTargetRow(rates, days[row]!, values, row * WIDTH)
    weights[row] = weightOf(rates, days[row]!)
  }
  return {
    values,
    days,
    weights,
    targets: vector((row) => value(row, 'units')),
    series: vector((row) => value(row, 'series')),
    rate28: vector((row) => value(row, 'rate_28')),
    deviation28: vector((row) => value(row, 'deviation_28')),
  }
}

/** A forecast of a row's quantile at a level, by its index. */
type QuantileOf = (rows: TargetRows, row: number, level: number) => number

const lines =
  (coefficients: readonly (readonly number[])[]): QuantileOf =>
  ({ values }, row, level) =>
    Math.max(0, predictLine(coefficients[level]!, values, row * WIDTH))

/** The textbook's: the mean of the interval, and as many standard deviations as a normal distribution asks for. */
const normalQuantile: QuantileOf = ({ rate28, deviation28, days }, row, level) =>
  days[row]! * rate28[row]! + NORMAL_QUANTILES[SERVICE_LEVELS[level]!] * Math.sqrt(days[row]!) * deviation28[row]!

/** Errors count by the weight of their row, as they do when the lines are drawn. */
function weighted(rows: TargetRows, quantile: QuantileOf, level: number) {
  const scaled = (of: (row: number) => number) =>
    Float64Array.from(rows.targets, (_, row) => rows.weights[row]! * of(row))
  return { actual: scaled((row) => rows.targets[row]!), said: scaled((row) => quantile(rows, row, level)) }
}

function meanPinball(rows: TargetRows, quantile: QuantileOf): number | undefined {
  if (rows.targets.length === 0) return undefined
  const losses = SERVICE_LEVELS.map((level, index) => {
    const { actual, said } = weighted(rows, quantile, index)
    return pinball(actual, said, level)!
  })
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}

const coverageOf = (rows: TargetRows, quantile: QuantileOf) =>
  SERVICE_LEVELS.map((level, index) => {
    const covered = rows.targets.filter((target, row) => target <= quantile(rows, row, index)).length
    return { level, share: covered / rows.targets.length, rows: rows.targets.length }
  })

function measure(candidate: string, rows: TargetRows, quantile: QuantileOf): MetricRow[] {
  const count = rows.targets.length
  if (count === 0) return []
  const head = { candidate, horizon: `1-${PROTECTION_DAYS_MAX}`, rows: count }
  return [
    { ...head, segment: 'all', metric: 'pinball', value: meanPinball(rows, quantile)! },
    ...coverageOf(rows, quantile).map(({ level, share }) => ({
      ...head,
      segment: `level ${level}`,
      metric: 'coverage',
      value: share,
    })),
  ]
}

const judgeChampion = (
  dependencies: BatchDependencies,
  signal: AbortSignal,
  rows: TargetRows,
  own: QuantileOf,
  judgedFrom: string,
): Promise<JudgedChampion | undefined> =>
  againstChampion(dependencies, 'stock_targets', signal, async (champion) => {
    const { coefficients, lastOrigin } = await openStockTargets(dependencies.objectStore, champion.artefact)
    if (lastOrigin >= judgedFrom) return []
    return errorsBySeries(rows, own, lines(SERVICE_LEVELS.map((level) => coefficients[String(level)]!)))
  })

function errorsBySeries(rows: TargetRows, own: QuantileOf, champion: QuantileOf): SeriesErrors[] {
  const errors = new Map<number, SeriesErrors>()
  const lossOf = (row: number, quantile: QuantileOf) =>
    SERVICE_LEVELS.reduce((sum, level, index) => {
      return sum + pinball([rows.targets[row]!], [quantile(rows, row, index)], level)! * rows.weights[row]!
    }, 0) / SERVICE_LEVELS.length
  for (const [row, series] of rows.series.entries()) {
    const sums = errors.get(series) ?? { actual: 0, own: 0, champion: 0 }
    sums.actual += 1
    sums.own += lossOf(row, own)
    sums.champion += lossOf(row, champion)
    errors.set(series, sums)
  }
  return [...errors.values()]
}

/** @throws ModelUnusable when the file is missing, or over other features or levels than this code's */
export async function openStockTargets(files: FileStore, artefact: string): Promise<StockTargetModel> {
  const model = await readManifest<StockTargetModel>(files, artefact)
  assertStockTargets(artefact, model)
  return model
}
