import { expect, test } from 'vitest'
import { rocAuc } from '../registry/classifier-metrics.ts'
import { seeded } from '../statistics/random.ts'
import {
  type AnomalyMeasures,
  type AnomalyScorer,
  anomalyReasons,
  fitTail,
  logShareAbove,
  scoreAnomalies,
  scoreAnomaly,
} from './anomaly-score.ts'
import { fitIsolationForest, scoreRows, withEdges } from './isolation-forest.ts'
import { fitRobustScale, robustScores } from './robust-score.ts'

const FEATURES = ['units', 'price', 'hour', 'amount']
const OPTIONS = { trees: 100, sampleRows: 256, seed: 7 }

/** Units and amount go together; the odd rows are far out in one value, or break what goes together. */
function lines(rows: number, seed: number) {
  const random = seeded(seed)
  const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random())
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row % 40 === 0 ? 1 : 0))
  const values = new Float32Array(rows * FEATURES.length)
  for (let row = 0; row < rows; row += 1) {
    const units = normal()
    const own = [units, 0.2 * normal(), normal(), units + 0.1 * normal()]
    if (labels[row] === 1 && row % 80 === 0) own[1] = random() < 0.5 ? 1.2 : -1.2
    else if (labels[row] === 1) own[3] = -units - 2 * Math.sign(units)
    values.set(own, row * FEATURES.length)
  }
  return { features: FEATURES, values, labels }
}

function scorerOf(rows: ReturnType<typeof lines>): AnomalyScorer {
  const forest = fitIsolationForest(withEdges(rows, 1), OPTIONS)
  const scale = fitRobustScale(rows)
  const combination = {
    measures: 'both' as const,
    scale,
    forest: fitTail(scoreRows(forest, rows.values)),
    distance: fitTail(robustScores(scale, rows.values)),
  }
  return { forest, combination }
}

test('what only one of the measures finds is found by both together', () => {
  const scorer = scorerOf(lines(20_000, 1))
  const later = lines(20_000, 2)
  const auc = (kind: number, measures: AnomalyMeasures) => {
    const rows = [...later.labels.keys()].filter((row) => later.labels[row] === 0 || row % 80 === kind)
    const scores = scoreAnomalies({ ...scorer, combination: { ...scorer.combination!, measures } }, later.values)
    return rocAuc(
      rows.map((row) => later.labels[row]!),
      rows.map((row) => scores[row]!),
    )!
  }
  for (const kind of [0, 40]) {
    const [both, forest, distance] = (['both', 'forest', 'distance'] as const).map((measures) => auc(kind, measures))
    expect(both).toBeGreaterThan(Math.min(forest!, distance!))
    expect(both).toBeGreaterThan(0.9)
  }
  expect(auc(0, 'distance')).toBeGreaterThan(auc(0, 'forest'))
})

test('scores are 0 to 1, of average rows near 0.5, and grow beyond all that was seen', () => {
  const rows = lines(5_000, 1)
  const scorer = scorerOf(rows)
  const scores = scoreAnomalies(scorer, rows.values)
  expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true)
  const sorted = scores.toSorted()
  expect(Math.abs(sorted[2_500]! - 0.5)).toBeLessThan(0.1)
  const [far, farther] = [5, 50].map((price) => scoreAnomaly(scorer, [0, price, 0, 0]))
  expect(far).toBeGreaterThan(0.85)
  expect(farther).toBeGreaterThan(far!)
  const unknown = [Number.NaN, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN]
  expect(Number.isFinite(scoreAnomaly(scorer, unknown))).toBe(true)
})

test('the value that lies out is the first reason, and shares add up to one at most', () => {
  const scorer = scorerOf(lines(5_000, 1))
  const reasons = anomalyReasons(scorer, [0, 9, 0, 0], 0, 4)
  expect(reasons[0]).toMatchObject({ feature: 'price', value: 9 })
  expect(reasons.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-9)
})

test('an artefact without a combination scores by its forest', () => {
  const rows = lines(1_000, 1)
  const { forest } = scorerOf(rows)
  expect(scoreAnomalies({ forest }, rows.values)).toEqual(scoreRows(forest, rows.values))
})

test('shares above a score: equal scores count all, and nothing lies above none', () => {
  const tail = fitTail(Float64Array.from([1, 1, 1, 1, 2, 2, 3, 4]))
  const share = (score: number) => Math.exp(logShareAbove(tail, score))
  expect([0, 1, 2, 3, 4].map(share)).toEqual([1, 1, 0.5, 0.25, 0.125].map((value) => expect.closeTo(value)))
  expect(share(5)).toBeLessThan(0.125)
  expect(logShareAbove(fitTail(Float64Array.from([7, 7, 7])), 7)).toBe(0)
  expect(logShareAbove(fitTail(Float64Array.from([7, 7, 7])), 9)).toBe(0)
})
