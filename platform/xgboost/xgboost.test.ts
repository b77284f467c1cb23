/** Against values that the Python package of the same version gives for the same rows. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../settings/settings.ts'
import { type MatrixData, openXgboost, sharedVector, type TrainRequest, type Xgboost } from './xgboost.ts'

const FEATURES = ['a', 'b', 'c', 'd']
const ROWS = 400
const TRAINING_ROWS = 300
const settings = { ...loadSettings(), xgboostThreads: 2 }

let xgboost: Xgboost
beforeAll(() => {
  xgboost = openXgboost(settings)
})
afterAll(() => xgboost[Symbol.asyncDispose]())

const { training, validation, heldOut } = makeRows()
const request: TrainRequest = {
  parameters: { objective: 'reg:squarederror', max_depth: 3, eta: 0.3, seed: 7, max_bin: 64 },
  rounds: 20,
  training,
  validation,
}

test('training and prediction give what the Python package gives', async () => {
  const { model, history, gains } = await xgboost.train(request)
  expect(history.map((round) => round.validation!).slice(0, 3)).toEqual(near([1.034673, 0.774104, 0.592079]))
  expect(history).toHaveLength(20)
  expect(gains).toEqual({
    a: expect.closeTo(6.769686, 4),
    b: expect.closeTo(16.579401, 4),
    c: expect.closeTo(0.182605, 4),
    d: expect.closeTo(0.165418, 4),
  })
  expect(await firstPredictions(model)).toEqual(near([5.212169, 2.500991, 3.329462, 4.767006]))
})

test('each objective is its own', async () => {
  const tweedie = { ...request.parameters, objective: 'reg:tweedie', tweedie_variance_power: 1.3 }
  const { model } = await xgboost.train({ parameters: tweedie, rounds: 10, training })
  expect(await firstPredictions(model)).toEqual(near([5.180669, 2.481665, 3.312337, 4.716815]))
})

test('quantiles are columns of one model', async () => {
  const parameters = { ...request.parameters, objective: 'reg:quantileerror', quantile_alpha: [0.1, 0.5, 0.9] }
  const { model } = await xgboost.train({ parameters, rounds: 10, training })
  const loaded = await xgboost.load(model)
  const { values, columns } = await loaded.predict(heldOut)
  await loaded.free()
  expect(columns).toBe(3)
  expect([...values.slice(0, 6)]).toEqual(near([2.695047, 5.118611, 5.576632, 2.224652, 2.517945, 3.463669]))
})

test('what the features add up to is the prediction', async () => {
  const { model } = await xgboost.train(request)
  const loaded = await xgboost.load(model)
  const [{ values, columns }, predicted] = [await loaded.contributions(heldOut), await loaded.predict(heldOut)]
  await loaded.free()
  expect(columns).toBe(FEATURES.length + 1)
  const sums = predicted.values.map((_, row) =>
    values.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + value, 0),
  )
  expect([...sums]).toEqual([...predicted.values].map((value) => expect.closeTo(value, 4)))
  // The feature with the greatest gain is the one that moves predictions most.
  const moved = FEATURES.map((_, column) =>
    sums.reduce((sum, _, row) => sum + Math.abs(values[row * columns + column]!), 0),
  )
  expect(moved.indexOf(Math.max(...moved))).toBe(FEATURES.indexOf('b'))
})

test('training ends early, with the best round', async () => {
  const { rounds, history, model } = await xgboost.train({ ...request, rounds: 200, earlyStoppingRounds: 5 })
  expect([rounds, history.length]).toEqual([10, 15])
  const again = await xgboost.train({ ...request, rounds: 10 })
  expect(await firstPredictions(model)).toEqual(await firstPredictions(again.model))
})

test('the same request gives the same bytes, however the rows are cut into chunks', async () => {
  const once = await xgboost.train(request)
  const again = await xgboost.train({ ...request, training: cutInTwo(training) })
  expect(Buffer.from(again.model).equals(Buffer.from(once.model))).toBe(true)
})

test('rows are binned once for many trainings; a row of weight 0 is as if it were not there', async () => {
  const labels = training.chunks[0]!.labels!
  const matrix = await xgboost.matrix(training, 64)
  const trainOn = (own: Float32Array, weights: Float32Array) =>
    xgboost.train({ ...request, training: { matrix, labels: own, weights } })
  const wrong = labels.map((label, row) => (row % 2 === 0 ? label : 1_000))
  const half = await trainOn(
    wrong,
    labels.map((_, row) => (row % 2 === 0 ? 1 : 0)),
  )
  const whole = await trainOn(labels, labels.slice().fill(1))
  await xgboost.free(matrix)
  expect(half.history.at(-1)!.validation).toBeLessThan(1)
  expect(whole).toEqual(await xgboost.train(request))
  await expect(trainOn(labels, labels)).rejects.toThrow('freed')
})

test('a model file of the Python package is read, and ours names its features as that does', async () => {
  const file = readFileSync(join(import.meta.dirname, 'of-python.model'))
  const predictions = await firstPredictions(file)
  const { model } = await xgboost.train({ ...request, rounds: 3 })
  expect(predictions).toEqual(near(await firstPredictions(model)))
  const loaded = await xgboost.load(file)
  expect(loaded.features).toEqual(FEATURES)
  await expect(loaded.predict(new Float32Array(5))).rejects.toThrow("not whole rows of the model's 4 features")
  await loaded.free()
  await expect(loaded.predict(heldOut)).rejects.toThrow('freed')
})

test('training reports round by round and ends between two of them', async () => {
  const controller = new AbortController()
  const rounds: number[] = []
  const endless = xgboost.train(
    { ...request, rounds: 1_000_000 },
    {
      signal: controller.signal,
      onRound({ round }) {
        rounds.push(round)
        if (round === 5) controller.abort(new Error('enough'))
      },
    },
  )
  await expect(endless).rejects.toThrow('enough')
  expect(rounds.slice(0, 5)).toEqual([1, 2, 3, 4, 5])
})

test('what XGBoost refuses is reported in its words', async () => {
  const parameters = { ...request.parameters, objective: 'reg:nothing' }
  await expect(xgboost.train({ parameters, rounds: 1, training })).rejects.toThrow(/XGBoost: .*reg:nothing/)
  await expect(xgboost.load(Buffer.from('{"no": "model"}'))).rejects.toThrow(/XGBoost: XGBoosterLoadModelFromBuffer/)
  await expect(xgboost.train({ ...request, training: { features: FEATURES, chunks: [] } })).rejects.toThrow(
    'at least one row',
  )
})

test('a missing library is named, with the fix', async () => {
  await using missing = openXgboost({ ...settings, xgboostLibrary: '/nowhere/libxgboost.so' })
  await expect(missing.train(request)).rejects.toThrow('/nowhere/libxgboost.so; `shelfline stack prepare`')
})

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4))

async function firstPredictions(model: Uint8Array): Promise<number[]> {
  const loaded = await xgboost.load(model)
  const { values } = await loaded.predict(heldOut)
  await loaded.free()
  return [...values.slice(0, 4)]
}

/** Numbers that any language makes alike. */
function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function makeRows() {
  const [value, noise] = [uniform(1), uniform(2)]
  const values = sharedVector(ROWS * FEATURES.length).map(() => value())
  const labels = sharedVector(ROWS)
  for (let row = 0; row < ROWS; row += 1) {
    const [a, b] = [values[row * FEATURES.length]!, values[row * FEATURES.length + 1]!]
    labels[row] = 3 * a + (b > 0.5 ? 2 : 0) + noise()
    if (row % 7 === 0) values[row * FEATURES.length + 2] = Number.NaN
  }
  const part = (from: number, to: number): MatrixData => ({
    features: FEATURES,
    chunks: [{ values: values.slice(from * FEATURES.length, to * FEATURES.length), labels: labels.slice(from, to) }],
  })
  return {
    training: part(0, TRAINING_ROWS),
    validation: part(TRAINING_ROWS, ROWS),
    heldOut: values.slice(TRAINING_ROWS * FEATURES.length),
  }
}

function cutInTwo({ features, chunks: [whole] }: MatrixData): MatrixData {
  const { values, labels } = whole!
  const [at, end] = [100, labels!.length]
  const part = (from: number, to: number) => ({
    values: values.slice(from * features.length, to * features.length),
    labels: labels!.slice(from, to),
  })
  return { features, chunks: [part(0, at), part(at, end)] }
}
