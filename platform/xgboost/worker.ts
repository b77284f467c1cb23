/** The thread that XGBoost runs in: `openXgboost` starts it and talks to it. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Booster, loadXgboost, type Matrix, type MatrixData, type XgboostLibrary } from './library.ts'
import type { BoosterParameters, LabelledMatrix, Round, TrainedModel, TrainRequest } from './training.ts'

export type Question =
  | { kind: 'train'; request: TrainRequest; stop: Int32Array }
  | { kind: 'matrix'; data: MatrixData; binsMax: number }
  | { kind: 'free-matrix'; handle: number }
  | { kind: 'load'; model: Uint8Array }
  | { kind: 'predict' | 'contributions'; handle: number; values: Float32Array; rows: number }
  | { kind: 'free'; handle: number }

export type Answer = { id: number } & ({ round: Round } | { result: unknown } | { error: string })

const BINS_MAX = 256

const { library: path, threads } = workerData as { library: string; threads: number }
const port = parentPort!
const loaded = new Map<number, Booster>()
const matrices = new Map<number, Matrix>()
let library: XgboostLibrary | undefined
let handles = 0

port.on('message', ({ id, ...question }: Question & { id: number }) => {
  const say = (answer: { round: Round } | { result: unknown } | { error: string }) =>
    port.postMessage({ id, ...answer })
  try {
    say({ result: answer(question as Question, (round) => say({ round })) })
  } catch (error) {
    say({ error: (error as Error).message })
  }
})

function answer(question: Question, onRound: (round: Round) => void): unknown {
  library ??= loadXgboost(path)
  switch (question.kind) {
    case 'train':
      return train(library, question.request, question.stop, onRound)
    case 'matrix':
      matrices.set(++handles, library.matrix(question.data, question.binsMax))
      return handles
    case 'free-matrix':
      matrices.get(question.handle)?.free()
      matrices.delete(question.handle)
      return undefined
    case 'load': {
      const booster = library.load(question.model)
      loaded.set(++handles, booster)
      return { handle: handles, features: booster.features }
    }
    case 'predict':
      return known(question.handle).predict(question.values, question.rows)
    case 'contributions':
      return known(question.handle).contributions(question.values, question.rows)
    case 'free':
      known(question.handle).free()
      loaded.delete(question.handle)
      return undefined
  }
}

function known(handle: number): Booster {
  const booster = loaded.get(handle)
  if (booster === undefined) throw new Error('XGBoost: this model was freed')
  return booster
}

function train(
  xgboost: XgboostLibrary,
  { parameters, rounds, training, validation, evaluationRounds = 1, earlyStoppingRounds }: TrainRequest,
  stop: Int32Array,
  onRound: (round: Round) => void,
): TrainedModel {
  const binsMax = Number(parameters.max_bin ?? BINS_MAX)
  using resources = new DisposableStack()
  const keep = <Item extends { free(): void }>(item: Item): Item => resources.adopt(item, (kept) => kept.free())
  const matrix = 'matrix' in training ? relabelled(training) : keep(xgboost.matrix(training, binsMax))
  const measured: [string, Matrix][] = [['training', matrix]]
  if (validation) measured.push(['validation', keep(xgboost.matrix(validation, binsMax, matrix))])
  const booster = keep(
    xgboost.booster(
      parametersOf(parameters),
      'matrix' in training ? training.matrix.features : training.features,
      measured.map(([, each]) => each),
    ),
  )
  const history: Round[] = []
  for (let round = 0; round < rounds; round += 1) {
    if (Atomics.load(stop, 0) !== 0) throw new Error('XGBoost: training was cancelled')
    booster.update(round, matrix)
    if ((round + 1) % evaluationRounds !== 0 && round + 1 < rounds) continue
    const told = { round: round + 1, ...booster.evaluate(round, measured) } as Round
    history.push(told)
    onRound(told)
    if (earlyStoppingRounds !== undefined && round + 1 - bestRound(history) >= earlyStoppingRounds) break
  }
  const trained = history.at(-1)!.round
  const kept = earlyStoppingRounds === undefined ? trained : bestRound(history)
  const best = kept === trained ? booster : keep(booster.first(kept))
  return { model: best.save(), rounds: kept, history, gains: best.gains() }
}

function relabelled({ matrix, labels, weights }: LabelledMatrix): Matrix {
  const own = matrices.get(matrix.handle)
  if (own === undefined) throw new Error('XGBoost: this matrix was freed')
  own.label(labels, weights)
  return own
}

/** The first round with the least validation metric, counted from 1. */
function bestRound(history: readonly Round[]): number {
  let best = history[0]!
  for (const round of history) if (round.validation! < best.validation!) best = round
  return best.round
}

/** A vector is written the way XGBoost reads it; the process sets the number of threads. */
function parametersOf(parameters: BoosterParameters): Record<string, string> {
  const texts = Object.entries({ tree_method: 'hist', nthread: threads, ...parameters }).map(([name, value]) => [
    name,
    Array.isArray(value) ? `[${value.join(', ')}]` : String(value),
  ])
  return Object.fromEntries(texts) as Record<string, string>
}
