/**
 * Trains an isolation forest, and judges its scores, combined with the robust distance, on newer rows of which some were made odd
 * by a stated, seeded rule: no one has labelled real ones. Both forests, of days and of sale lines, are trained here.
 */
import { type AnomalyManifest, FOREST_FILE } from '../../models/insights/anomaly-features.ts'
import { ANOMALY_MEASURES, type AnomalyMeasures } from '../../models/insights/anomaly-score.ts'
import {
  assertFeatures,
  type FileStore,
  MANIFEST_FILE,
  readArtefact,
  readManifest,
} from '../../models/registry/artefact.ts'
import { averagePrecision, rocAuc } from '../../models/registry/classifier-metrics.ts'
import type { SeriesErrors } from '../../models/registry/error-comparison.ts'
import type { Life } from '../activity-context.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { EVIDENCE_FILE, evidenceFile } from '../registry/evidence.ts'
import { againstChampion, decidePromotion, type JudgedChampion } from '../registry/promotion.ts'
import { registerTrained, type TrainedArtefact } from '../registry/registration.ts'
import { runTask } from '../registry/thread.ts'
import type { StoredScorer } from '../registry/thread-worker.ts'
import type { TellStep, TrainedVersion } from '../registry/trainable-model.ts'
import type { MetricRow } from '../registry/versions.ts'

const TREES = 100
const SAMPLE_ROWS = 256

/** Days before those that judge on which the measures are chosen: as many, or half of those that are left. */
export const choosingDays = (days: number, judgedDays: number): number =>
  Math.min(judgedDays, Math.floor((days - judgedDays) / 2))

/** Rows of one kind, row after row, with what is odd among them. */
export interface ForestRows {
  values: Float32Array
  /** 1: made odd. */
  labels: Float32Array
}

export interface ForestTraining
  extends Pick<TrainedArtefact, 'trainedFrom' | 'trainedThrough' | 'codeVersion' | 'inputs' | 'workflowId'> {
  name: AnomalyManifest['model']
  features: readonly string[]
  /** The rows before those that are chosen by, as they are. */
  oldest: Float32Array
  /** The rows before those that judge, as they are: the oldest and those that are chosen by. */
  older: Float32Array
  /** The newer rows, as they are: the final forest is grown from these too. */
  newer: Float32Array
  /** The older rows that are not among the oldest, with some made odd: which measures count is chosen on them. */
  choosing: ForestRows
  /** The newer rows again, with some made odd. */
  judged: ForestRows
  judgedDays: { from: string; through: string }
  /** The share of rows that shall count as odd. */
  oddShare: number
  seed: number
  startedMs: number
  life: Life
  onStep: TellStep
}

/** Registers the version; nothing is registered when it was cancelled. */
export async function trainForest(dependencies: BatchDependencies, training: ForestTraining): Promise<TrainedVersion> {
  const { name, features, oldest, older, newer, choosing, judged, judgedDays, oddShare, seed, life, onStep } = training
  const { signal } = life
  const grow = async (values: Float32Array, measures: AnomalyMeasures, from: number, to: number) => {
    const forest = await runTask(
      'growForest',
      { features, values, trees: TREES, sampleRows: SAMPLE_ROWS, seed },
      { signal, onDone: (done) => onStep('growing the forest', from + done * (to - from)) },
    )
    return { forest, combination: await runTask('combineScores', { forest, features, values, measures }, { signal }) }
  }
  const scoresOf = (scorer: StoredScorer, values: Float32Array) =>
    runTask('scoreForest', { ...scorer, values }, { signal })
  onStep('choosing', 0.1)
  const first = await grow(oldest, 'both', 0.1, 0.2)
  const measures = await chooseMeasures(choosing, (tried) => scoresOf(withMeasures(first, tried), choosing.values))
  onStep('growing the forest for evaluation', 0.2)
  const earlier = await grow(older, measures, 0.2, 0.4)
  const scores = await scoresOf(earlier, judged.values)
  const naive = await scoresOf(withMeasures(earlier, 'distance'), judged.values)
  const metrics = [...measure('chosen', judged.labels, scores), ...measure('robust_distance', judged.labels, naive)]
  const champion = await judgeChampion(dependencies, training, scores)
  const all = new Float32Array(new SharedArrayBuffer((older.length + newer.length) * 4))
  all.set(older)
  all.set(newer, older.length)
  const scorer = await grow(all, measures, 0.5, 0.8)
  const manifest: AnomalyManifest = {
    model: name,
    features: [...features],
    threshold: quantileOf(await scoresOf(scorer, all), 1 - oddShare),
    oddShare,
    seed,
    trainedThrough: training.trainedThrough,
    combination: scorer.combination,
  }
  onStep('registering', 1)
  const { trainedFrom, trainedThrough, codeVersion, inputs, workflowId } = training
  return registerTrained(
    dependencies,
    {
      model: name,
      trainedFrom,
      trainedThrough,
      codeVersion,
      inputs,
      workflowId,
      seed,
      metrics,
      parameters: { trees: TREES, sampleRows: SAMPLE_ROWS, measures, oddShare, threshold: manifest.threshold },
      trainingRows: all.length / features.length,
      durationMs: performance.now() - training.startedMs,
      files: {
        [FOREST_FILE]: scorer.forest,
        [EVIDENCE_FILE]: evidenceFile({ measured: judgedDays }),
        [MANIFEST_FILE]: JSON.stringify(manifest, null, 2),
      },
      decision: decidePromotion({
        measure: 'AUC on rows with injected anomalies',
        own: rocAuc(judged.labels, scores),
        naive: { name: 'robust distance', value: rocAuc(judged.labels, naive) },
        isLessBetter: false,
        ...(champion && { champion }),
        // What is usual changes with the range and the season.
        rule: 'not_worse',
        seed,
      }),
    },
    signal,
  )
}

const withMeasures = (
  { forest, combination }: Required<StoredScorer>,
  measures: AnomalyMeasures,
): Required<StoredScorer> => ({ forest, combination: { ...combination!, measures } })

/** Those that separate what was made odd best. */
async function chooseMeasures(
  { labels }: ForestRows,
  scoresBy: (measures: AnomalyMeasures) => Promise<Float64Array>,
): Promise<AnomalyMeasures> {
  let [best, bestAuc]: [AnomalyMeasures, number] = ['both', 0]
  for (const measures of ANOMALY_MEASURES) {
    const auc = rocAuc(labels, await scoresBy(measures)) ?? 0
    if (auc > bestAuc) [best, bestAuc] = [measures, auc]
  }
  return best
}

const judgeChampion = (
  dependencies: BatchDependencies,
  { name, features, judged, judgedDays, life: { signal } }: ForestTraining,
  scores: Float64Array,
): Promise<JudgedChampion | undefined> =>
  againstChampion(dependencies, name, signal, async (champion) => {
    if (champion.trainedThrough >= judgedDays.from) return []
    const { forest, manifest } = await openForest(dependencies.objectStore, champion.artefact, features)
    const standing = { forest, combination: manifest.combination, values: judged.values }
    return errorsOf(judged.labels, scores, await runTask('scoreForest', standing, { signal }))
  })

/** Of each row that was made odd, the share of the usual rows that lie above it; their mean is 1 less the AUC. */
function errorsOf(labels: Float32Array, own: Float64Array, champion: Float64Array): SeriesErrors[] {
  const usual = (scores: Float64Array) => scores.filter((_, row) => labels[row] === 0).sort()
  const [ownUsual, championUsual] = [usual(own), usual(champion)]
  return [...labels.keys()]
    .filter((row) => labels[row] === 1)
    .map((row) => ({
      actual: 1,
      own: shareAbove(ownUsual, own[row]!),
      champion: shareAbove(championUsual, champion[row]!),
    }))
}

/** @param sorted from the least on */
function shareAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! > value) high = middle
    else low = middle + 1
  }
  return sorted.length === 0 ? 0 : (sorted.length - low) / sorted.length
}

function measure(candidate: string, labels: Float32Array, scores: Float64Array): MetricRow[] {
  const values = { auc: rocAuc(labels, scores), pr_auc: averagePrecision(labels, scores) }
  return Object.entries(values).flatMap(([metric, value]) =>
    value === undefined ? [] : [{ candidate, segment: 'all', horizon: 'made odd', metric, value, rows: labels.length }],
  )
}

const quantileOf = (values: Float64Array, level: number): number =>
  values.slice().sort()[Math.min(values.length - 1, Math.floor(level * values.length))]!

/** @throws ModelUnusable when a file is missing, or the forest is over other features than this code makes */
export async function openForest(
  files: FileStore,
  artefact: string,
  features: readonly string[],
): Promise<{ manifest: AnomalyManifest; forest: string }> {
  const manifest = await readManifest<AnomalyManifest>(files, artefact)
  assertFeatures(artefact, manifest.features, features)
  return { manifest, forest: (await readArtefact(files, artefact, FOREST_FILE)).toString() }
}
