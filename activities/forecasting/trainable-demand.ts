/** The demand model as `trainModels` trains it: from the lake to a registered version, and whether it becomes champion. */

import { addDays, dayNumber } from '../../contracts/calendar.ts'
import { boosterFile } from '../../models/forecasting/model.ts'
import { MANIFEST_FILE } from '../../models/registry/artefact.ts'
import { isClearlyCheaper } from '../../models/registry/decision-comparison.ts'
import { literal } from '../../platform/duckdb/duckdb.ts'
import { statementsVersion } from '../../platform/postgres/sql.ts'
import { openXgboost } from '../../platform/xgboost/xgboost.ts'
import type { Life } from '../activity-context.ts'
import { originFeatures, WINDOW_DAYS_MAX } from '../assets/features/columns.ts'
import { dailySalesInput } from '../assets/features/daily-sales.ts'
import { demandInput, featuresDemand } from '../assets/features/demand.ts'
import { inDuckDb } from '../assets/framework/work.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import { replayDecisions } from '../registry/decision.ts'
import { type DecisionEvidence, EVIDENCE_FILE, evidenceFile, type ModelEvidence } from '../registry/evidence.ts'
import { measureTrial } from '../registry/measuring.ts'
import { profileFeatures } from '../registry/profile.ts'
import { type PromotionDecision, registerTrained } from '../registry/registration.ts'
import type { TellStep, TrainableModel, TrainedVersion, TrainRequest } from '../registry/trainable-model.ts'
import { tryBlock } from '../registry/trial.ts'
import { findChampion, type MetricRow } from '../registry/versions.ts'
import { openDemandModel } from './model.ts'
import { demandSources } from './sources.ts'
import { type TrainedDemand, type TriedBlock, trainDemand } from './training.ts'

const HORIZON_DAYS = 28
const SEED = 1
/** However short the history is, drift is measured from this many days. */
const PROFILE_DAYS_MIN = 28

export const demandModel: TrainableModel = { name: 'demand', learnsFrom: demandInput, train }

/** @throws ApplicationFailure `TooLittleHistory` when there are too few days of features */
async function train(
  dependencies: BatchDependencies,
  request: TrainRequest,
  life: Life,
  workflowId: string,
  onStep: TellStep,
): Promise<TrainedVersion> {
  const startedMs = performance.now()
  const seed = request.seed ?? SEED
  const pinned = await pinDays(dependencies, request.date)
  const measured = await trainAndMeasure(dependencies, request, { seed, life, onStep, pinned }).catch((error) => {
    // A statement that the cancellation interrupts fails in words of its own.
    throw life.signal.aborted ? life.signal.reason : error
  })
  const { trained, evidence, champion, standsStill } = measured
  onStep('registering', 1)
  const decision = decide({ metrics: trained.metrics, champion, standsStill, evidence })
  const version = await registerTrained(
    dependencies,
    {
      model: 'demand',
      trainedFrom: pinned.origins[0]!,
      trainedThrough: pinned.through,
      codeVersion: statementsVersion(['features/targets.sql', 'features/labels.sql'], featuresDemand.codeVersion),
      seed,
      parameters: trained.manifest.blocks.map(({ quantiles, ...block }) => ({
        ...block,
        files: block.members.map((_, member) => boosterFile(block, member)),
      })),
      inputs: pinned.inputs,
      trainingRows: trained.trainingRows,
      durationMs: performance.now() - startedMs,
      workflowId,
      metrics: [...trained.metrics, ...decisionMetrics(evidence)],
      files: {
        ...trained.files,
        [EVIDENCE_FILE]: evidenceFile(evidence),
        [MANIFEST_FILE]: JSON.stringify(trained.manifest, null, 2),
      },
      decision,
    },
    life.signal,
  )
  return { ...version, date: request.date }
}

interface TrainingWork {
  seed: number
  life: Life
  onStep: TellStep
  pinned: Awaited<ReturnType<typeof pinDays>>
}

/** Trains, and tries every block on days that it was trained without, the champion beside it. */
async function trainAndMeasure(
  dependencies: BatchDependencies,
  request: TrainRequest,
  { seed, life, onStep, pinned }: TrainingWork,
) {
  const { settings, pool, objectStore } = dependencies
  await using xgboost = openXgboost(settings)
  const champion = await findChampion(pool, 'demand')
  // A champion that does not load is no reason not to train the one that will replace it.
  const opened = champion && openDemandModel(objectStore, champion.artefact, xgboost)
  await using standing = await opened?.catch((error: Error) => {
    dependencies.logger.warn({ version: champion!.version, error: error.message }, 'the champion does not load')
    return undefined
  })
  const horizonDays = request.horizonDays ?? Math.max(HORIZON_DAYS, settings.forecastHorizonDays)
  const evidence: ModelEvidence = { measured: { from: '', through: '' } }
  const work = { ...dependencies, heartbeat: life.heartbeat, signal: life.signal }
  const trained = await inDuckDb(work, async (connection) => {
    const found = await trainDemand({
      connection,
      xgboost,
      sources: await demandSources(dependencies, connection, pinned.features, horizonDays),
      daily: pinned.daily,
      origins: pinned.origins,
      through: pinned.through,
      knownThrough: request.asKnownAt,
      horizonDays,
      seed,
      signal: life.signal,
      onStep,
      async onTried(tried) {
        const trial = await tryBlock({ connection, tried, origins: originsToTry(tried, pinned), seed })
        await measureTrial(evidence, xgboost, tried, trial)
        const known = standing?.manifest.blocks.find(({ first }) => first === tried.block.first)
        if (standing === undefined || known === undefined || tried.block.first !== 1) return
        const decision = await replayDecisions({
          pool,
          trial,
          champion: await standing.forecast(known, trial.rows),
          against: `demand@${champion!.version}`,
          seenThroughDay: dayNumber(max(tried.trial.trainThrough, standing.manifest.trainedThrough)),
          seed,
          signal: life.signal,
        })
        if (decision) evidence.decision = decision
      },
    })
    const settled = `(select * from ${pinned.features} where date >= date ${literal(settledFrom(pinned.origins))})`
    evidence.profiles = await profileFeatures(connection, settled, originFeatures)
    return found
  })
  return {
    trained,
    evidence,
    champion: champion?.version,
    standsStill: champion !== undefined && standing === undefined,
  }
}

/** The first block is tried day by day up to the last, as orders would be; the others where they are judged. */
const originsToTry = ({ block, trial }: TriedBlock, { origins, through }: { origins: string[]; through: string }) =>
  block.first === 1 ? origins.filter((day) => day >= trial.trainThrough && day < through) : trial.judged

/** Drift is measured from here on: before, the windows of the features were still filling up, as they never will again. */
function settledFrom(origins: readonly string[]): string {
  const full = addDays(origins[0]!, WINDOW_DAYS_MAX - 1)
  const latest = addDays(origins.at(-1)!, 1 - PROFILE_DAYS_MIN)
  return [full, latest].sort()[0]!
}

const max = (one: string, two: string): string => (one > two ? one : two)

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
      'TooLittleHistory',
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

interface Judgement {
  metrics: TrainedDemand['metrics']
  champion: number | undefined
  /** The champion does not load, so that nothing can be compared with it. */
  standsStill: boolean
  evidence: ModelEvidence
}

/** An error that is not above the naive forecast's, and orders that clearly cost less than the champion's, by what is worth a change. */
function decide({ metrics, champion, standsStill, evidence }: Judgement): PromotionDecision {
  const [own, naive] = [meanWape(metrics, 'chosen'), meanWape(metrics, 'seasonal_naive')]
  const refused = (why: string): PromotionDecision => ({ isBetter: false, reason: `not promoted: ${why}` })
  const promoted = (why: string): PromotionDecision => ({ isBetter: true, reason: `promoted: ${why}` })
  if (own === undefined || naive === undefined) return refused('there were no sales on the evaluation days')
  const errors = `WAPE ${own.toFixed(4)}, seasonal naive ${naive.toFixed(4)}`
  if (own > naive) return refused(`less accurate than the naive forecast (${errors})`)
  if (champion === undefined) return promoted(`the first version (${errors})`)
  if (standsStill) return promoted(`demand@${champion} does not load (${errors})`)
  const { decision } = evidence
  if (decision === undefined) {
    return refused(`demand@${champion} has seen all but a few of the days that judge (${errors})`)
  }
  const figures = `${describeDecision(decision)}; ${errors}`
  return isClearlyCheaper(decision)
    ? promoted(`orders cost less: ${figures}`)
    : refused(`orders do not clearly cost less: ${figures}`)
}

/** The cost of orders by both, for people. */
function describeDecision({ saving, savingLow, challenger, champion, against, ...replayed }: DecisionEvidence): string {
  const percent = (share: number | undefined) => (share === undefined ? 'unknown' : `${(100 * share).toFixed(1)} %`)
  const drawn = `${replayed.series} series in ${replayed.clusters} stores' weeks`
  const saved = `${percent(saving)} saved, at least ${percent(savingLow)} in 99 of 100 draws of ${drawn}`
  const costs = `${challenger.cost.toFixed(2)} against ${champion.cost.toFixed(2)} of ${against}`
  const fill = `fill rate ${percent(challenger.fillRate)} against ${percent(champion.fillRate)}`
  return `${costs} on ${replayed.from} to ${replayed.through} (${saved}; ${fill})`
}

/** The replay's figures as the registry keeps them. */
function decisionMetrics({ decision }: ModelEvidence): MetricRow[] {
  if (decision === undefined) return []
  return (['challenger', 'champion'] as const).flatMap((which) => {
    const { holding, stockOut, waste, cost, fillRate } = decision[which]
    const values = { holding_cost: holding, stock_out_cost: stockOut, waste_cost: waste, cost, fill_rate: fillRate }
    const candidate = which === 'challenger' ? 'chosen' : 'champion'
    return Object.entries(values).flatMap(([metric, value]) =>
      value === undefined
        ? []
        : [{ candidate, segment: 'all', horizon: 'orders', metric, value, rows: decision.series }],
    )
  })
}

/** Over the blocks of the horizon, each weighted by its forecasts. */
function meanWape(metrics: TrainedDemand['metrics'], candidate: string): number | undefined {
  const own = metrics.filter(
    (metric) => metric.candidate === candidate && metric.segment === 'all' && metric.metric === 'wape',
  )
  const rows = own.reduce((sum, metric) => sum + metric.rows, 0)
  return rows === 0 ? undefined : own.reduce((sum, metric) => sum + metric.value * metric.rows, 0) / rows
}
