/** Gradient boosted trees: XGBoost in a thread of its own, so that training does not hold up the process. */
import { Worker } from 'node:worker_threads'
import type { Settings } from '../settings/settings.ts'
import type { MatrixData, Prediction } from './library.ts'
import type { LoadedMatrix, Round, TrainedModel, TrainRequest } from './training.ts'
import type { Answer, Question } from './worker.ts'

export type { MatrixChunk, MatrixData, Prediction } from './library.ts'
export type { BoosterParameters, LabelledMatrix, LoadedMatrix, Round, TrainedModel, TrainRequest } from './training.ts'

export interface LoadedModel {
  readonly features: readonly string[]
  /** @param values rows of `features`, one after the other; missing is NaN */
  predict(values: Float32Array): Promise<Prediction>
  /**
   * SHAP values: what each feature added to each row's margin; some hundred times as slow as a prediction.
   *
   * @param values as for `predict`
   * @returns a value for each feature, and the bias last
   */
  contributions(values: Float32Array): Promise<Prediction>
  free(): Promise<void>
}

export interface Xgboost extends AsyncDisposable {
  /**
   * Trains; the same request with the same threads gives the same model.
   *
   * @throws the signal's reason when it is aborted, which is seen between two rounds; XGBoost's message otherwise
   */
  train(request: TrainRequest, life?: { signal?: AbortSignal; onRound?: (round: Round) => void }): Promise<TrainedModel>
  /** Bins rows once for many trainings. @param binsMax the `max_bin` of what is trained on them */
  matrix(data: MatrixData, binsMax: number): Promise<LoadedMatrix>
  free(matrix: LoadedMatrix): Promise<void>
  /** @throws when the bytes are no model */
  load(model: Uint8Array): Promise<LoadedModel>
}

interface Waiting {
  resolve(answer: never): void
  reject(error: unknown): void
  onRound?: ((round: Round) => void) | undefined
}

/** One thread; what is asked of it is answered in order. */
export function openXgboost(settings: Pick<Settings, 'xgboostLibrary' | 'xgboostThreads'>): Xgboost {
  const thread = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { library: settings.xgboostLibrary, threads: settings.xgboostThreads },
  })
  // It keeps the process alive only while a caller waits for it.
  thread.unref()
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let ended: Error | undefined
  const end = (error: Error) => {
    ended = error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  thread.on('message', (answer: Answer) => {
    const asker = waiting.get(answer.id)!
    if ('round' in answer) return asker.onRound?.(answer.round)
    waiting.delete(answer.id)
    if (waiting.size === 0) thread.unref()
    if ('error' in answer) asker.reject(new Error(answer.error))
    else asker.resolve(answer.result as never)
  })
  thread.on('error', end)
  thread.on('exit', () => end(new Error('XGBoost: its thread has ended')))

  const ask = <Result>(question: Question, onRound?: (round: Round) => void): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      const id = asked++
      waiting.set(id, { resolve, reject, onRound })
      thread.ref()
      thread.postMessage({ id, ...question })
    })

  return {
    async train(request, { signal, onRound } = {}) {
      signal?.throwIfAborted()
      const stop = new Int32Array(new SharedArrayBuffer(4))
      const onAbort = () => Atomics.store(stop, 0, 1)
      signal?.addEventListener('abort', onAbort)
      try {
        return await ask<TrainedModel>({ kind: 'train', request, stop }, onRound)
      } catch (error) {
        throw signal?.aborted ? signal.reason : error
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    },
    async matrix(data, binsMax) {
      return { handle: await ask<number>({ kind: 'matrix', data, binsMax }), features: data.features }
    },
    free: ({ handle }) => ask<void>({ kind: 'free-matrix', handle }),
    async load(model) {
      const { handle, features } = await ask<{ handle: number; features: string[] }>({ kind: 'load', model })
      return {
        features,
        async predict(values) {
          assertRows(values, features)
          if (values.length === 0) return { values: new Float32Array(0), columns: 1 }
          return ask<Prediction>({ kind: 'predict', handle, values, rows: values.length / features.length })
        },
        async contributions(values) {
          assertRows(values, features)
          if (values.length === 0) return { values: new Float32Array(0), columns: features.length + 1 }
          return ask<Prediction>({ kind: 'contributions', handle, values, rows: values.length / features.length })
        },
        free: () => ask<void>({ kind: 'free', handle }),
      }
    },
    async [Symbol.asyncDispose]() {
      await thread.terminate()
    },
  }
}

function assertRows(values: Float32Array, features: readonly string[]): void {
  if (values.length % features.length === 0) return
  throw new Error(`XGBoost: ${values.length} values are not whole rows of the model's ${features.length} features`)
}

/** A vector whose memory the thread reads as it is, instead of a copy. */
export const sharedVector = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(length * 4))
