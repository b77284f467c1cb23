/**
 * Trains an isolation forest, and judges it on newer rows of which some were made odd by a stated, seeded rule: no one has
 * labelled real ones. Both forests, of days and of sale lines, are trained here.
 */
import { type AnomalyManifest, FOREST_FILE } from '../../models/insights/anomaly-features.ts'
import { fitRobustScale, robustScores } from '../../models/insights/robust-score.ts'
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
import type { TellStep, TrainedVersion } from '../registry/trainable-model.ts'
import type { MetricRow } from '../registry/versions.ts'

const TREES = 100
const SAMPLE_ROWS = 256
/**
 * A forest that separates rows made odd from others less well than this is of no use. The plain robust distance, which is
 * measured beside it, is no bar: of faults in one feature alone it finds as many, of odd combinations none.
 */
const AUC_MIN = 0.75

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
  /** The older rows, as they are. */
  older: Float32Array
  /** The newer rows, as they are: the final forest is grown from these too. */
  newer: Float32Array
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
  const { name, features, older, newer, judged, judgedDays, oddShare, seed, life, onStep } = training
  const { signal } = life
  const grow = (values: Float32Array, from: number, to: number) =>
    runTask(
      'growForest',
      { features, values, trees: TREES, sampleRows: SAMPLE_ROWS, seed },
      { signal, onDone: (done) => onStep('growing the forest', from + done * (to - from)) },
    )
  const scoresOf = (forest: string, values: Float32Array) => runTask('scoreForest', { forest, values }, { signal })
  onStep('growing the forest for evaluation', 0.1)
  const scores = await scoresOf(await grow(older, 0.1, 0.4), judged.values)
  const naive = robustScores(fitRobustScale({ features, values: older }), judged.values)
  const metrics = [...measure('chosen', judged.labels, scores), ...measure('robust_distance', judged.labels, naive)]
  const champion = await judgeChampion(dependencies, training, scores)
  const all = new Float32Array(new SharedArrayBuffer((older.length + newer.length) * 4))
  all.set(older)
  all.set(newer, older.length)
  const forest = await grow(all, 0.5, 0.8)
  const manifest: AnomalyManifest = {
    model: name,
    features: [...features],
    threshold: quantileOf(await scoresOf(forest, all), 1 - oddShare),
    oddShare,
    seed,
    trainedThrough: training.trainedThrough,
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
      parameters: { trees: TREES, sampleRows: SAMPLE_ROWS, oddShare, threshold: manifest.threshold },
      trainingRows: all.length / features.length,
      durationMs: performance.now() - training.startedMs,
      files: {
        [FOREST_FILE]: forest,
        [EVIDENCE_FILE]: evidenceFile({ measured: judgedDays }),
        [MANIFEST_FILE]: JSON.stringify(manifest, null, 2),
      },
      decision: decidePromotion({
        measure: 'AUC on rows with injected anomalies',
        own: rocAuc(judged.labels, scores),
        naive: { name: 'required minimum', value: AUC_MIN },
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

const judgeChampion = (
  dependencies: BatchDependencies,
  { name, features, judged, judgedDays, life: { signal } }: ForestTraining,
  scores: Float64Array,
): Promise<JudgedChampion | undefined> =>
  againstChampion(dependencies, name, signal, async (champion) => {
    if (champion.trainedThrough >= judgedDays.from) return []
    const { forest } = await openForest(dependencies.objectStore, champion.artefact, features)
    return errorsOf(judged.labels, scores, await runTask('scoreForest', { forest, values: judged.values }, { signal }))
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
