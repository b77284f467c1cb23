/** The demand model as `trainModels` trains it: from the lake to a registered version, and whether it becomes champion. */
import { boosterFiles } from '../models/demand/model.ts'
import { type DuckDBConnection, withConnection } from '../platform/duckdb.ts'
import { statementsVersion } from '../platform/sql.ts'
import { openXgboost } from '../platform/xgboost.ts'
import { dailySalesInput } from './assets/features-daily-sales.ts'
import { demandInput, featuresDemand } from './assets/features-demand.ts'
import type { BatchDependencies } from './dependencies.ts'
import { refuse } from './failures.ts'
import { openDemandModel, saveArtefact } from './forecast-model.ts'
import { findChampion, nextVersion, promote, registerVersion } from './forecast-registry.ts'
import { postgresSources } from './forecast-sources.ts'
import { type TrainedDemand, trainDemand } from './forecast-training.ts'
import type { Life } from './life.ts'
import type { TellStep, TrainableModel, TrainedVersion, TrainRequest } from './trainable-model.ts'

const HORIZON_DAYS = 28
const SEED = 1

export const demandModel: TrainableModel = { name: 'demand', train: trainAndRegister }

/** @throws ApplicationFailure `InvalidInput` when there are too few days of features */
async function trainAndRegister(
  dependencies: BatchDependencies,
  request: TrainRequest,
  { signal }: Life,
  workflowId: string,
  onStep: TellStep,
): Promise<TrainedVersion> {
  const { settings, duckdb, pool, objectStore } = dependencies
  const startedMs = performance.now()
  const { date } = request
  const seed = request.seed ?? SEED
  const pinned = await pinDays(dependencies, date)
  await using xgboost = openXgboost(settings)
  const champion = await findChampion(pool, 'demand')
  await using standing =
    champion && (await openDemandModel(objectStore, champion.artefact, xgboost).catch(() => undefined))
  const trained = await withConnection(duckdb, async (connection: DuckDBConnection) =>
    trainDemand({
      connection,
      xgboost,
      sources: { features: pinned.features, ...(await postgresSources(dependencies, connection)) },
      daily: pinned.daily,
      origins: pinned.origins,
      through: pinned.through,
      knownThrough: request.asKnownAt,
      horizonDays: request.horizonDays ?? HORIZON_DAYS,
      seed,
      signal,
      onStep,
      ...(standing && { champion: standing }),
    }),
  )
  const version = await nextVersion(pool, 'demand')
  const artefact = `${settings.lakePrefix}/models/demand/v${version}`
  await saveArtefact(objectStore, artefact, trained.manifest, trained.files)
  const decision = decide(trained, champion?.version)
  await registerVersion(pool, {
    model: 'demand',
    version,
    trainedFrom: pinned.origins[0]!,
    trainedThrough: pinned.through,
    artefact,
    codeVersion: statementsVersion(['features/targets.sql', 'features/labels.sql'], featuresDemand.codeVersion),
    seed,
    parameters: trained.manifest.blocks.map(({ margins, ...block }) => ({ ...block, files: boosterFiles(block) })),
    inputs: pinned.inputs,
    trainingRows: trained.trainingRows,
    durationMs: performance.now() - startedMs,
    workflowId,
    decision: decision.reason,
    metrics: trained.metrics,
  })
  if (decision.isBetter) await promote(pool, { model: 'demand', version, by: workflowId, reason: decision.reason })
  const { trainingRows } = trained
  return { model: 'demand', version, date, trainingRows, isChampion: decision.isBetter, decision: decision.reason }
}

/** The features and sales up to a day, at the versions that they have now. */
async function pinDays({ lake }: BatchDependencies, date: string) {
  const [features, daily] = await Promise.all(
    [demandInput, dailySalesInput].map(({ table, definition }) => lake.ensureTable(table, definition)),
  )
  const [featuresAt, dailyAt] = await Promise.all([features!.snapshot(), daily!.snapshot()])
  const daysOf = (snapshot: typeof featuresAt) =>
    [...new Set([...snapshot.files.values()].map(({ partitionValues }) => String(partitionValues.date)))].sort()
  const origins = daysOf(featuresAt).filter((day) => day <= date)
  const through = daysOf(dailyAt)
    .filter((day) => day <= date)
    .at(-1)
  if (origins.length === 0 || through === undefined) {
    throw refuse(
      'InvalidInput',
      `demand: there are no features up to ${date}; \`shelfline run feature-engineering --date ${date}\`, or a backfill of features/demand`,
    )
  }
  const where = { date: { to: date } }
  return {
    origins,
    through,
    features: await features!.scan({ version: featuresAt.version, where }),
    daily: await daily!.scan({ version: dailyAt.version, where }),
    inputs: { [demandInput.table]: featuresAt.version, [dailySalesInput.table]: dailyAt.version },
  }
}

/** Promotion asks for less error than the naive forecast's, and clearly less than the champion's where there is one. */
function decide({ comparison, metrics }: TrainedDemand, championVersion: number | undefined) {
  const own = meanWape(metrics, 'chosen')
  const naive = meanWape(metrics, 'seasonal_naive')
  const figures = `WAPE ${show(own)}, seasonal naive ${show(naive)}`
  if (own === undefined || naive === undefined)
    return { isBetter: false, reason: 'not promoted: nothing sold on the days that judge' }
  if (own > naive) return { isBetter: false, reason: `not promoted: worse than the naive forecast (${figures})` }
  if (championVersion === undefined) return { isBetter: true, reason: `promoted: the first one (${figures})` }
  if (comparison === undefined) {
    return {
      isBetter: false,
      reason: `not promoted: v${championVersion} has seen all of the days that judge (${figures})`,
    }
  }
  const { own: ours, champion, gainLow } = comparison
  const against = `WAPE ${show(ours)} against ${show(champion)} of v${championVersion} on the days that neither has seen, gain at least ${show(gainLow)} in 95 of 100 draws of the series`
  return gainLow > 0
    ? { isBetter: true, reason: `promoted: ${against}` }
    : { isBetter: false, reason: `not promoted: ${against}` }
}

const show = (value: number | undefined): string => (value === undefined ? 'unknown' : value.toFixed(4))

/** Over the blocks of the horizon, each weighted by its forecasts. */
function meanWape(metrics: TrainedDemand['metrics'], candidate: string): number | undefined {
  const own = metrics.filter(
    (metric) => metric.candidate === candidate && metric.segment === 'all' && metric.metric === 'wape',
  )
  const rows = own.reduce((sum, metric) => sum + metric.rows, 0)
  return rows === 0 ? undefined : own.reduce((sum, metric) => sum + metric.value * metric.rows, 0) / rows
}
