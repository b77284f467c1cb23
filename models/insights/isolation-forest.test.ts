import { expect, test } from 'vitest'
import { rocAuc } from '../registry/classifier-metrics.ts'
import { seeded } from '../statistics/random.ts'
import {
  averagePathLength,
  fitIsolationForest,
  forestFromJson,
  forestToJson,
  reasonsOf,
  scoreRow,
  scoreRows,
  withEdges,
} from './isolation-forest.ts'

const FEATURES = ['quantity', 'price', 'hour']
const OPTIONS = { trees: 100, sampleRows: 256, seed: 7 }

/** A round cloud; every fiftieth row has one value far outside. */
function cloud(rows: number, seed = 1) {
  const random = seeded(seed)
  const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random())
  const values = Float32Array.from({ length: rows * FEATURES.length }, normal)
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row % 50 === 0 ? 1 : 0))
  labels.forEach((label, row) => {
    if (label === 1) values[row * 3 + (row % 3)] = 6 + random()
  })
  return { features: FEATURES, values, labels }
}

const rows = (...values: number[][]) => ({ features: FEATURES, values: Float32Array.from(values.flat()) })

test('the average path of a search tree is that of the paper', () => {
  expect(averagePathLength(256)).toBeCloseTo(10.2448, 4)
  expect([0, 1, 2].map(averagePathLength)).toEqual([0, 0, 1])
})

test('what lies outside scores higher, and the feature that puts it there is named', () => {
  const data = cloud(5_000)
  const forest = fitIsolationForest(data, OPTIONS)
  expect(rocAuc(data.labels, scoreRows(forest, data.values))).toBeGreaterThan(0.97)
  const [reason] = reasonsOf(forest, [0, 9, 0], 0, 2)
  expect(reason).toMatchObject({ feature: 'price', value: 9 })
  expect(reason!.share).toBeGreaterThan(0.7)
})

test('contributions add up to the mean path of all less the path of the row', () => {
  const forest = fitIsolationForest(cloud(1_000), OPTIONS)
  const contributions = new Float64Array(3)
  const score = scoreRow(forest, [5, 0, -5], 0, contributions)
  const path = -Math.log2(score) * averagePathLength(forest.sampleRows)
  const mean = forest.roots.reduce((sum, root) => sum + forest.expected[root]!, 0) / forest.roots.length
  expect(contributions.reduce((sum, value) => sum + value, 0)).toBeCloseTo(mean - path, 10)
})

test('the same seed grows the same forest, and another seed another', () => {
  const data = cloud(1_000)
  const text = forestToJson(fitIsolationForest(data, OPTIONS))
  expect(forestToJson(fitIsolationForest(data, OPTIONS))).toBe(text)
  expect(forestToJson(fitIsolationForest(data, { ...OPTIONS, seed: 8 }))).not.toBe(text)
})

test('an artefact scores as the forest that it was made of; one that is broken is refused', () => {
  const data = cloud(1_000)
  const forest = fitIsolationForest(data, OPTIONS)
  const text = forestToJson(forest)
  expect(scoreRows(forestFromJson(text), data.values)).toEqual(scoreRows(forest, data.values))
  expect(() => forestFromJson('{"format": "other"}')).toThrow('the format is other')
  const parsed = JSON.parse(text)
  parsed.left[0] = 0
  expect(() => forestFromJson(JSON.stringify(parsed))).toThrow('incomplete')
})

test('rows that are all alike are average: so is the only row', () => {
  const alike = fitIsolationForest(rows(...Array.from({ length: 300 }, () => [1, 2, 3])), OPTIONS)
  expect(scoreRow(alike, [1, 2, 3])).toBeCloseTo(0.5, 10)
  expect(reasonsOf(alike, [9, 9, 9], 0, 3)).toEqual([])
  expect(scoreRow(fitIsolationForest(rows([1, 2, 3]), OPTIONS), [4, 5, 6])).toBe(0.5)
})

test('a value that is missing or infinite counts as the median, and no score is NaN', () => {
  const data = cloud(500)
  for (let at = 0; at < data.values.length; at += 7)
    data.values[at] = at % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY
  const forest = fitIsolationForest(data, OPTIONS)
  expect(scoreRows(forest, data.values).every(Number.isFinite)).toBe(true)
  const unknown = [Number.NaN, Number.NaN, Number.NaN]
  expect(scoreRow(forest, unknown)).toBe(scoreRow(forest, forest.medians))
  const nothing = fitIsolationForest(rows(unknown, unknown), OPTIONS)
  expect(scoreRow(nothing, unknown)).toBeCloseTo(0.5, 10)
})

test('with edges, what lies beyond all that was seen is odd, also in a feature that never varied', () => {
  const random = seeded(2)
  const data = rows(...Array.from({ length: 1_000 }, () => [1 + Math.floor(random() * 3), 2, random()]))
  const scoresOf = (forest: ReturnType<typeof fitIsolationForest>) =>
    [
      [2, 2, 0.5],
      [500, 2, 0.5],
      [2, 9, 0.5],
    ].map((row) => scoreRow(forest, row))
  const [usual, many, dear] = scoresOf(fitIsolationForest(withEdges(data, 1), OPTIONS))
  expect(many! - usual!).toBeGreaterThan(0.15)
  expect(dear! - usual!).toBeGreaterThan(0.15)
  const blind = scoresOf(fitIsolationForest(data, OPTIONS))
  expect(blind[2]).toBe(blind[0])
})

test('no rows, and options that make no forest, are refused', () => {
  expect(() => fitIsolationForest(rows(), OPTIONS)).toThrow('0 values are not rows of 3 features')
  expect(() => fitIsolationForest(rows([1, 2, 3]), { ...OPTIONS, trees: 0 })).toThrow('trees is 0: must be 1 or more')
})
